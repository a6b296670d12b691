import { runtimeAnnotations as keys } from '../facts/annotations.ts';
import { pointerTo } from '../kubernetes/pointer.ts';
import { printable } from '../matching/printable.ts';
import { type Check, type Finding, none } from './check.ts';

/** A key, or the key with a container's name: `seccomp-profile.crio.io/POD`, `run.oci.handler`. */
const pattern = new RegExp(`^(?:${keys.map((key) => RegExp.escape(key)).join('|')})(?=[/.]|$)`);
/** Families of which most keys are looked for: their common prefix stands for all in the list of what is read. */
const families = ['io.kubernetes.cri-o.', 'io.katacontainers.', 'dev.gvisor.', 'seccomp-profile.'] as const;

/** Forbids annotations by which a pod configures the container runtime. */
export const runtimeAnnotations = {
  id: 'runtime-annotations',
  title: 'Annotation that configures the container runtime',
  severity: 'high',
  why:
    'CRI-O, containerd plugins, Kata Containers, gVisor, crun and runc read annotations of the pod that add devices and ' +
    'mounts of the node, switch seccomp off or choose the runtime itself. No field of the pod shows it, and no other ' +
    'check sees it. Whether a node heeds them is its configuration, which may change after the pod is admitted.',
  remedy: 'Remove the annotation; ask for /dev/fuse with the label mount-fuse: "true".',
  gitlab:
    "Have the annotation removed from `pod_annotations` in the runner's config.toml or from the job's " +
    'KUBERNETES_POD_ANNOTATIONS_ variables; ask for /dev/fuse with `mount-fuse: "true"` in `pod_labels`.',
  restricts: [
    {
      fields: ['metadata.annotations[*]'],
      allowed: 'every key but those of the site and those listed, alone or with a slash or a dot and more behind them',
      listed: keys,
    },
  ],
  site: {
    keys: { kind: 'names', description: "The site's own annotation keys that configure a runtime, each exactly." },
  },
  allow: {
    keys: { kind: 'names', description: 'Annotation keys that may be set, each exactly.' },
  },
  annotations: [...new Set(keys.map((key) => `${families.find((family) => key.startsWith(family)) ?? key}*`))],
  annotationSettings: ['keys'],
  find: {
    pod(subject, site): readonly Finding[] {
      let findings: Finding[] | undefined;
      for (const key in subject.annotations) {
        if (!pattern.test(key) && !site.keys?.has(key)) continue;
        const value = printable(key);
        findings ??= [];
        findings.push({
          check: 'runtime-annotations',
          severity: 'high',
          pointer: pointerTo(subject.metadataAt, 'annotations', key),
          place: { key },
          message: `annotation ${value} configures the container runtime`,
          value,
        });
      }
      return findings ?? none;
    },
  },
  permits: ({ value }, allow) => allow.keys?.has(value) === true,
} as const satisfies Check<
  { keys: { kind: 'names'; description: string } },
  { keys: { kind: 'names'; description: string } }
>;
