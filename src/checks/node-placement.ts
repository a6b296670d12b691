import { controlPlaneTaints } from '../facts/control-plane.ts';
import { pointerTo } from '../kubernetes/pointer.ts';
import type { PodSubject } from '../kubernetes/subject.ts';
import { type Check, type Finding, none, type Parameter } from './check.ts';
import { findingAt, shown } from './findings.ts';

const heading = { id: 'node-placement', severity: 'medium' } as const;

/**
 * Tells of pods that choose a node past the scheduler, go to nodes of the control plane, or push other pods aside.
 */
export const nodePlacement = {
  ...heading,
  title: 'Pod chooses its node or its priority',
  why:
    'With nodeName the scheduler is skipped, and with it taints and node selectors. A pod on a node of the control ' +
    'plane is one mistake away from the cluster: any hostPath there has its keys. A system priority evicts the pods ' +
    'of others.',
  remedy:
    'Drop nodeName, the toleration and the priority class; use a nodeSelector for nodes that are meant for the pod.',
  gitlab:
    "Have `node_tolerations` and `priority_class_name` changed in the runner's config.toml ([runners.kubernetes]).",
  restricts: [
    { fields: ['spec.nodeName'], allowed: 'absent' },
    {
      fields: ['spec.tolerations[*]'],
      allowed: 'those of all keys but those listed and those of the site; not of every key',
      listed: [...controlPlaneTaints],
    },
    { fields: ['spec.priorityClassName'], allowed: 'absent, and every class but system-*' },
  ],
  site: {
    taints: { kind: 'names', description: "Keys of the taints of the site's own nodes that are out of bounds." },
  },
  allow: {
    nodes: { kind: 'names', description: 'Nodes that may be chosen by name.' },
    taints: {
      kind: 'names',
      description: 'Keys of taints that may be tolerated; (all) is a toleration of every taint.',
    },
    priorityClasses: { kind: 'names', description: 'Priority classes that may be used.' },
  },
  find: {
    pod(subject, { taints }) {
      const { nodeName, tolerations, priorityClassName } = subject.spec;
      let findings: Finding[] | undefined;
      if (nodeName) {
        findings = [
          placed(subject, ['nodeName'], [`the pod chooses the node "${shown(nodeName)}"`, `node:${nodeName}`]),
        ];
      }
      if (tolerations != null) {
        for (let index = 0; index < tolerations.length; index++) {
          const key = tolerations[index]?.key ?? '';
          if (key !== '' && !controlPlaneTaints.has(key) && taints?.has(key) !== true) continue;
          const what = key === '' ? 'every taint' : `the taint ${shown(key)}`;
          findings ??= [];
          findings.push(
            placed(
              subject,
              ['tolerations', index],
              [`the pod tolerates ${what}`, `taint:${key === '' ? '(all)' : key}`],
            ),
          );
        }
      }
      if (priorityClassName?.startsWith('system-') === true) {
        findings ??= [];
        const words = `the pod has the priority class ${shown(priorityClassName)}`;
        findings.push(placed(subject, ['priorityClassName'], [words, `priority:${priorityClassName}`]));
      }
      return findings ?? none;
    },
  },
  permits: ({ value }, { nodes, taints, priorityClasses }) => {
    const colon = value.indexOf(':');
    const name = value.slice(colon + 1);
    if (value.startsWith('node:')) return nodes?.has(name) === true;
    return (value.startsWith('taint:') ? taints : priorityClasses)?.has(name) === true;
  },
} as const satisfies Check<
  { taints: Parameter<'names'> },
  { nodes: Parameter<'names'>; taints: Parameter<'names'>; priorityClasses: Parameter<'names'> }
>;

function placed(
  subject: PodSubject,
  field: readonly (string | number)[],
  [words, value]: readonly [string, string],
): Finding {
  return findingAt(heading, pointerTo(subject.specAt, ...field), {}, { words, value });
}
