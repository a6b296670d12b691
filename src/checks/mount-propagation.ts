import { pointerTo } from '../kubernetes/pointer.ts';
import { type Check, type Finding, none } from './check.ts';
import { shown } from './host-path-findings.ts';

/** Forbids mounts that the container makes to spread to the node and to other pods. */
export const mountPropagation = {
  id: 'mount-propagation',
  title: 'Mounts of a container spread to the node',
  severity: 'high',
  why:
    'With Bidirectional propagation a mount that the container makes appears on the node and in every pod that shares ' +
    'the volume: it can lay its own files over those of the node, and it stays when the pod is gone.',
  remedy: 'Drop mountPropagation, or set it to HostToContainer.',
  restricts: [
    { fields: ['spec.containers[*].volumeMounts[*].mountPropagation'], allowed: 'absent, None, HostToContainer' },
  ],
  site: {},
  allow: {},
  find: {
    pod(subject) {
      let findings: Finding[] | undefined;
      for (const container of subject.containers) {
        const mounts = container.value.volumeMounts;
        if (mounts == null) continue;
        for (let index = 0; index < mounts.length; index++) {
          const mount = mounts[index];
          if (mount?.mountPropagation !== 'Bidirectional') continue;
          const volume = mount.name ?? '';
          findings ??= [];
          findings.push({
            check: 'mount-propagation',
            severity: 'high',
            pointer: pointerTo(container.at, 'volumeMounts', index, 'mountPropagation'),
            place: { container: container.name, volume },
            message: `container "${shown(container.name)}" mounts volume "${shown(volume)}" with Bidirectional propagation`,
            value: 'Bidirectional',
          });
        }
      }
      return findings ?? none;
    },
  },
  permits: () => true,
} as const satisfies Check;
