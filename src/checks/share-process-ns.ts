import { pointerTo } from '../kubernetes/pointer.ts';
import { type Check, none } from './check.ts';
import { findingAt } from './findings.ts';

const heading = { id: 'share-process-ns', severity: 'low' } as const;

/** Tells of containers that see each other's processes. */
export const shareProcessNs = {
  ...heading,
  title: 'Containers share one process namespace',
  why:
    'By /proc/<pid>/root a container reaches the files of the others: the socket of an engine in a sidecar, or the ' +
    'credentials of a helper container, without any volume that both mount.',
  remedy: 'Drop shareProcessNamespace.',
  restricts: [{ fields: ['spec.shareProcessNamespace'], allowed: 'absent, false' }],
  site: {},
  allow: {},
  find: {
    pod(subject) {
      if (subject.spec.shareProcessNamespace !== true) return none;
      const pointer = pointerTo(subject.specAt, 'shareProcessNamespace');
      return [
        findingAt(heading, pointer, {}, { words: 'the containers of the pod share their processes', value: 'true' }),
      ];
    },
  },
  permits: () => true,
} as const satisfies Check;
