import { type Check, type Finding, none, type Parameter, type Shape } from './check.ts';
import { findingIn } from './findings.ts';

const heading = { id: 'host-ports', severity: 'medium' } as const;

/** Forbids ports on the address of the node (Pod Security Standards, Baseline). */
export const hostPorts = {
  ...heading,
  title: 'Port on the address of the node',
  why:
    'A hostPort is reached from wherever the node is reached, past Services and, with some network plugins, past ' +
    'network policies; it can also take the port of a service of the node.',
  remedy: 'Drop hostPort, and put a Service before the pod.',
  restricts: [{ fields: ['spec.containers[*].ports[*].hostPort'], allowed: 'absent, 0' }],
  site: {},
  allow: { ports: { kind: 'names', description: 'Ports of the node that may be taken, each as a string.' } },
  find: {
    pod(subject) {
      let findings: Finding[] | undefined;
      for (const container of subject.containers) {
        const ports = container.value.ports;
        if (ports == null) continue;
        for (let index = 0; index < ports.length; index++) {
          const port = ports[index]?.hostPort;
          if (port == null || port === 0) continue;
          findings ??= [];
          findings.push(
            findingIn(heading, container, ['ports', index, 'hostPort'], {
              words: `takes port ${port} of the node`,
              value: String(port),
            }),
          );
        }
      }
      return findings ?? none;
    },
  },
  permits: ({ value }, { ports }) => ports?.has(value) === true,
} as const satisfies Check<Shape, { ports: Parameter<'names'> }>;
