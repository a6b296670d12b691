import { pointerTo } from '../kubernetes/pointer.ts';
import { type Check, type Finding, none } from './check.ts';

/** Forbids pods in the node's network namespace. */
export const hostNetwork = {
  id: 'host-network',
  title: 'Network of the node',
  severity: 'high',
  why:
    'In the network of the node its loopback is reachable: a Docker daemon on 2375, the ports of kubelet and of the ' +
    'container runtime, abstract sockets such as those of containerd-shim (CVE-2020-15257), and the metadata service of ' +
    'the cloud with the credentials of the node. Network policies do not apply there.',
  remedy: 'Remove hostNetwork; use a Service where another pod must be reached.',
  gitlab: 'Have hostNetwork removed from `pod_spec` in the config.toml of the runner.',
  restricts: [{ fields: ['spec.hostNetwork'], allowed: 'absent, false' }],
  site: {},
  allow: {},
  find: {
    pod(subject): readonly Finding[] {
      if (subject.spec.hostNetwork !== true) return none;
      return [
        {
          check: 'host-network',
          severity: 'high',
          pointer: pointerTo(subject.specAt, 'hostNetwork'),
          place: {},
          message: 'the pod uses the network of the node (hostNetwork)',
          value: 'true',
        },
      ];
    },
  },
  permits: () => true,
} as const satisfies Check;
