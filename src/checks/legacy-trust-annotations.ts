import { legacyAnnotations } from '../facts/security-annotations.ts';
import { pointerTo } from '../kubernetes/pointer.ts';
import { type Check, type Finding, none, type Parameter, type Shape } from './check.ts';
import { findingAt } from './findings.ts';

const heading = { id: 'legacy-trust-annotations', severity: 'low' } as const;

/** Tells of annotations by which a pod once chose its isolation. */
export const legacyTrustAnnotations = {
  ...heading,
  title: 'Old annotation that chose the isolation of a pod',
  why:
    'Before RuntimeClasses a pod said by an annotation whether it was to be isolated. Most of these annotations do ' +
    'nothing today, so that the pod runs without what its author relies on; one still chooses a handler of ' +
    'containerd, past the RuntimeClass and what its admission requires.',
  remedy: 'Drop the annotation, and set runtimeClassName.',
  gitlab:
    "Have the annotation removed from `pod_annotations` in the runner's config.toml, and `runtime_class_name` set.",
  restricts: [
    {
      fields: ['metadata.annotations[*]'],
      allowed: 'every key but those listed',
      listed: [...legacyAnnotations.keys()],
    },
  ],
  site: {},
  allow: { keys: { kind: 'names', description: 'Annotations that may be there.' } },
  annotations: [...legacyAnnotations.keys()],
  find: {
    pod(subject) {
      let findings: Finding[] | undefined;
      for (const key in subject.annotations) {
        const effect = legacyAnnotations.get(key);
        if (effect === undefined) continue;
        findings ??= [];
        const pointer = pointerTo(subject.metadataAt, 'annotations', key);
        findings.push(findingAt(heading, pointer, { key }, { words: `annotation ${key} ${effect}`, value: key }));
      }
      return findings ?? none;
    },
  },
  permits: ({ value }, { keys }) => keys?.has(value) === true,
} as const satisfies Check<Shape, { keys: Parameter<'names'> }>;
