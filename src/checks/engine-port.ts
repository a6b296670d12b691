import { enginePorts } from '../facts/engine-ports.ts';
import { pointerTo } from '../kubernetes/pointer.ts';
import { type Check, type Finding, none, type Parameter } from './check.ts';
import { findingAt, findingIn } from './findings.ts';

const heading = { id: 'engine-port', severity: 'medium' } as const;

/** Tells of ports on which container engines listen. */
export const enginePort = {
  ...heading,
  title: 'Port of a container engine',
  why:
    'Who reaches the port of an engine starts containers there; as a hostPort the engine is published on the address ' +
    'of the node. A port need not be declared to be reached, so this is a sign of an engine and no boundary.',
  remedy: 'Drop the engine and its port, and build with a rootless builder image that has no daemon.',
  gitlab:
    'Remove `docker:dind` from `services:` in .gitlab-ci.yml, and build in a job whose `image:` is a rootless ' +
    'builder.',
  restricts: [
    {
      fields: ['spec.containers[*].ports[*].{containerPort,hostPort}'],
      allowed: 'every port but those listed and those of the site',
      listed: [...enginePorts.keys()].map(String),
    },
    { kind: 'Service', fields: ['spec.ports[*].{port,targetPort}'], allowed: 'the same' },
  ],
  site: { ports: { kind: 'names', description: 'Further ports of engines, each as a string.' } },
  allow: { ports: { kind: 'names', description: 'Ports that may be declared all the same, each as a string.' } },
  find: {
    pod(subject, { ports: sitePorts }) {
      let findings: Finding[] | undefined;
      for (const container of subject.containers) {
        const ports = container.value.ports;
        if (ports == null) continue;
        for (let index = 0; index < ports.length; index++) {
          for (const field of ['containerPort', 'hostPort'] as const) {
            const port = ports[index]?.[field];
            const engine = port == null ? undefined : engineAt(port, sitePorts);
            if (engine === undefined) continue;
            findings ??= [];
            findings.push(
              findingIn(heading, container, ['ports', index, field], {
                words: `opens ${field} ${port}, the port of ${engine}`,
                value: `${field}:${port}`,
              }),
            );
          }
        }
      }
      return findings ?? none;
    },
    service(subject, { ports: sitePorts }) {
      let findings: Finding[] | undefined;
      for (const service of subject.ports) {
        for (const field of ['port', 'targetPort'] as const) {
          const port = service[field];
          // The API server writes the same number into both where only one was given.
          if (port === undefined || (field === 'targetPort' && port === service.port)) continue;
          const engine = engineAt(Number(port), sitePorts);
          if (engine === undefined) continue;
          const words = `the Service publishes ${field} ${port}, the port of ${engine}`;
          findings ??= [];
          findings.push(findingAt(heading, pointerTo(service.at, field), {}, { words, value: `${field}:${port}` }));
        }
      }
      return findings ?? none;
    },
  },
  permits: ({ value }, { ports }) => ports?.has(value.slice(value.indexOf(':') + 1)) === true,
} as const satisfies Check<{ ports: Parameter<'names'> }, { ports: Parameter<'names'> }>;

function engineAt(port: number, sitePorts: ReadonlySet<string> | undefined): string | undefined {
  const engine = enginePorts.get(port);
  if (engine !== undefined || sitePorts === undefined) return engine;
  return sitePorts.has(String(port)) ? 'an engine of this site' : undefined;
}
