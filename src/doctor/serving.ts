import { mapAt, numberAt, objectsAt, textsAt, valueAt } from '../kubernetes/fields.ts';
import { commandOf, patchCommand, releaseCommand } from './commands.ts';
import { type About, type Diagnosis, examination } from './diagnosis.ts';
import type { Parts } from './state.ts';

/** Whether somebody answers: the Deployment, the Service and its endpoints. */
export const servingExaminations = [
  examination(
    ['deployment-missing', 'deployment-unavailable', 'rollout-unfinished', 'single-replica'],
    ['deployment'],
    ({ deployment }, about) => [...missingDeployment(deployment, about), ...replicas(deployment, about)],
  ),
  examination(['service-missing', 'service-selector'], ['service', 'deployment'], service),
  examination(['configuration-missing', 'configuration-invalid'], ['source', 'deployment'], configuration),
  examination(['service-endpoints'], ['service', 'endpointSlices'], endpoints),
];

function missingDeployment(deployment: Parts['deployment'], about: About): readonly Diagnosis[] {
  if (deployment !== undefined) return [];
  const { namespace, name } = about;
  return [
    {
      id: 'deployment-missing',
      severity: 'error',
      title: 'there is no webhook to be asked',
      evidence: [`there is no Deployment ${name} in the namespace ${namespace}`],
      remedy: 'Install it again, or say where it is: --namespace, --name.',
      command: releaseCommand(undefined, about),
    },
  ];
}

function replicas(deployment: Parts['deployment'], { namespace, name }: About): readonly Diagnosis[] {
  if (deployment === undefined) return [];
  const specified = valueAt(deployment, 'spec', 'replicas');
  const wanted = typeof specified === 'number' ? specified : 1;
  const ready = numberAt(deployment, 'status', 'readyReplicas');
  const kubectl = (...words: readonly string[]) => commandOf('kubectl', '--namespace', namespace, ...words);
  const scale = kubectl('scale', `deployment/${name}`, '--replicas=3');
  const found: Diagnosis[] = [];
  if (ready < Math.max(wanted, 1)) {
    found.push({
      id: 'deployment-unavailable',
      severity: ready === 0 ? 'error' : 'warning',
      title: ready === 0 ? 'no replica answers' : 'replicas are missing',
      evidence: [`${ready} of ${wanted} replicas are ready`],
      remedy: wanted === 0 ? 'Scale it up.' : 'Read why they are not ready: events, and the log.',
      command: wanted === 0 ? scale : kubectl('describe', 'pods', `--selector=${selectorOf(deployment)}`),
    });
  }
  if (wanted === 1) {
    found.push({
      id: 'single-replica',
      severity: 'warning',
      title: 'one replica answers for the whole cluster',
      evidence: ['spec.replicas is 1'],
      remedy: 'Have three: one node may be drained while another fails.',
      command: scale,
    });
  }
  const isObserved =
    numberAt(deployment, 'status', 'observedGeneration') >= numberAt(deployment, 'metadata', 'generation');
  if (!isObserved || numberAt(deployment, 'status', 'updatedReplicas') < wanted) {
    found.push({
      id: 'rollout-unfinished',
      severity: 'warning',
      title: 'not every replica has the configuration of the Deployment',
      evidence: [`${numberAt(deployment, 'status', 'updatedReplicas')} of ${wanted} replicas are updated`],
      remedy: 'Wait for the rollout; when it does not end, an invalid configuration is the usual reason: roll back.',
      command: kubectl('rollout', 'status', `deployment/${name}`, '--timeout=5m'),
    });
  }
  return found;
}

function service({ service, deployment }: Pick<Parts, 'service' | 'deployment'>, about: About): readonly Diagnosis[] {
  const { namespace, name } = about;
  if (service === undefined) {
    return [
      {
        id: 'service-missing',
        severity: 'error',
        title: 'the API server finds nobody to ask: the Service is missing',
        evidence: [`there is no Service ${name} in the namespace ${namespace}`],
        remedy: 'Make it again.',
        command: releaseCommand(deployment, about),
      },
    ];
  }
  if (deployment === undefined) return [];
  const labels = mapAt(deployment, 'spec', 'template', 'metadata', 'labels');
  const selector = mapAt(service, 'spec', 'selector');
  const wrong = Object.entries(selector).filter(([key, value]) => labels[key] !== value);
  const hasPort = objectsAt(service, 'spec', 'ports').some((port) => numberAt(port, 'port') === 443);
  if (wrong.length === 0 && Object.keys(selector).length > 0 && hasPort) return [];
  const meant = mapAt(deployment, 'spec', 'selector', 'matchLabels');
  return [
    {
      id: 'service-selector',
      severity: 'error',
      title: 'the Service does not lead to the replicas',
      evidence: [
        ...wrong.map(
          ([key, value]) => `it selects ${key}=${value}, and the pods have ${labels[key] ?? 'no such label'}`,
        ),
        ...(Object.keys(selector).length === 0 ? ['it selects nothing'] : []),
        ...(hasPort ? [] : ['it has no port 443']),
      ],
      remedy: 'Put selector and ports back.',
      command: patchCommand(
        'service',
        name,
        [
          { op: 'add', path: '/spec/selector', value: meant },
          ...(hasPort
            ? []
            : [
                { op: 'add' as const, path: '/spec/ports/0', value: { name: 'https', port: 443, targetPort: 'https' } },
              ]),
        ],
        namespace,
      ),
    },
  ];
}

/** A replica that starts ends at once; those that run have what they had. */
function configuration(
  { source, deployment }: Pick<Parts, 'source' | 'deployment'>,
  about: About,
): readonly Diagnosis[] {
  if (source.problem === undefined) return [];
  const isMissing = source.problem === 'missing';
  return [
    {
      id: `configuration-${source.problem}`,
      severity: 'error',
      title: isMissing
        ? 'no replica can start: its configuration is missing'
        : 'no replica can start: its configuration is invalid',
      evidence: source.lines,
      remedy: isMissing
        ? 'Make it again, or roll back.'
        : 'Roll back, and try the new one with `pratique config validate`.',
      command: isMissing
        ? releaseCommand(deployment, about)
        : commandOf('kubectl', '--namespace', about.namespace, 'rollout', 'undo', `deployment/${about.name}`),
    },
  ];
}

function endpoints(
  { service, endpointSlices }: Pick<Parts, 'service' | 'endpointSlices'>,
  { namespace, name }: About,
): readonly Diagnosis[] {
  if (service === undefined) return [];
  const all = endpointSlices.flatMap((slice) => objectsAt(slice, 'endpoints'));
  // Unset counts as ready: k8s.io/api/discovery/v1.
  const ready = all.filter(
    (one) => valueAt(one, 'conditions', 'ready') !== false && textsAt(one, 'addresses').length > 0,
  );
  if (ready.length > 0) return [];
  return [
    {
      id: 'service-endpoints',
      severity: 'error',
      title: 'the API server finds nobody to ask: the Service has no ready endpoint',
      evidence: [`${all.length} endpoints of ${namespace}/${name}, none ready`],
      remedy: 'Read why the replicas are not ready.',
      command: commandOf('kubectl', '--namespace', namespace, 'rollout', 'restart', `deployment/${name}`),
    },
  ];
}

function selectorOf(deployment: Parts['deployment']): string {
  return Object.entries(mapAt(deployment, 'spec', 'selector', 'matchLabels'))
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}

/** A flag of the program as the Deployment gives it: `--tls-secret=NAME`; empty where it is not given. */
export function argumentOf(deployment: Parts['deployment'], flag: string): string {
  const [container] = objectsAt(deployment, 'spec', 'template', 'spec', 'containers');
  const argument = textsAt(container, 'args').find((one) => one.startsWith(`${flag}=`));
  return argument === undefined ? '' : argument.slice(flag.length + 1);
}
