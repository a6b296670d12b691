import type { Container, ContainerAt } from '../kubernetes/subject.ts';
import { type Check, type Finding, none, type Parameter, type Shape } from './check.ts';
import { type Field, findingIn, shown } from './findings.ts';

const heading = { id: 'probe-host', severity: 'medium' } as const;

/** Tells of probes and hooks that the kubelet sends elsewhere than to the pod (Pod Security Standards, Baseline). */
export const probeHost = {
  ...heading,
  title: 'Probe or hook of another host',
  why:
    'The kubelet makes the request, from the network of the node: a pod can so reach what listens on the loopback ' +
    'address there, such as an engine or the kubelet itself, and the metadata service of the cloud.',
  remedy: 'Drop host: the kubelet then asks the pod. For another Host header use httpHeaders.',
  restricts: [
    {
      fields: [
        'spec.containers[*].{livenessProbe,readinessProbe,startupProbe}.{httpGet,tcpSocket}.host',
        'spec.containers[*].lifecycle.{postStart,preStop}.{httpGet,tcpSocket}.host',
      ],
      allowed: 'absent, empty',
    },
  ],
  site: {},
  allow: { hosts: { kind: 'names', description: 'Hosts that may be asked.' } },
  find: {
    pod(subject) {
      let findings: Finding[] | undefined;
      for (const container of subject.containers) {
        const { livenessProbe, readinessProbe, startupProbe, lifecycle } = container.value;
        if (livenessProbe != null) findings = asked(container, ['livenessProbe'], livenessProbe, findings);
        if (readinessProbe != null) findings = asked(container, ['readinessProbe'], readinessProbe, findings);
        if (startupProbe != null) findings = asked(container, ['startupProbe'], startupProbe, findings);
        if (lifecycle == null) continue;
        const { postStart, preStop } = lifecycle;
        if (postStart != null) findings = asked(container, ['lifecycle', 'postStart'], postStart, findings);
        if (preStop != null) findings = asked(container, ['lifecycle', 'preStop'], preStop, findings);
      }
      return findings ?? none;
    },
  },
  permits: ({ value }, { hosts }) => hosts?.has(value) === true,
} as const satisfies Check<Shape, { hosts: Parameter<'names'> }>;

type Handler = Pick<NonNullable<Container['livenessProbe']>, 'httpGet' | 'tcpSocket'>;

function asked(
  container: ContainerAt,
  field: Field,
  handler: Handler,
  findings: Finding[] | undefined,
): Finding[] | undefined {
  let found = findings;
  for (const action of ['httpGet', 'tcpSocket'] as const) {
    const host = handler[action]?.host;
    if (!host) continue;
    const words = `has the kubelet ask the host "${shown(host)}" (${field.at(-1)})`;
    found ??= [];
    found.push(findingIn(heading, container, [...field, action, 'host'], { words, value: host }));
  }
  return found;
}
