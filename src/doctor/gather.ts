import { type ClusterApi, refusalOf } from '../cluster/api.ts';
import { loadConfiguration } from '../config/load.ts';
import { formatProblem } from '../config/problem.ts';
import { objectsAt, textAt, valueAt } from '../kubernetes/fields.ts';
import type { Fields } from '../kubernetes/shape.ts';
import { fetched, joined, type Listed, listed } from './objects.ts';
import { servedBy } from './served.ts';
import { argumentOf } from './serving.ts';
import { type ClusterState, type LoadedConfiguration, type Parts, type Read, read, unread } from './state.ts';
import { usageOf } from './usage.ts';

/** What is looked at. */
export interface GatherOptions {
  /** Of the installation. */
  readonly namespace: string;
  readonly name: string;
  /** In place of the one that the Deployment mounts. */
  readonly configuration: LoadedConfiguration | undefined;
  /** Milliseconds since the epoch. */
  readonly clock: number;
  /** Whether names of Services can be resolved. */
  readonly inCluster: boolean;
}

/**
 * Reads a cluster, once, and changes nothing. What may not be read is unread, and the rest is read all the same.
 *
 * Throws ClusterError when there is no answer, or the credentials are not accepted: then nothing could be read.
 */
export async function gather(api: ClusterApi, options: GatherOptions): Promise<ClusterState> {
  const { namespace, name } = options;
  const own = (path: string, kind: string) => fetched(api, path, `the ${kind} ${namespace}/${name}`);
  const deployment = await own(`/apis/apps/v1/namespaces/${namespace}/deployments/${name}`, 'Deployment');
  const service = await own(`/api/v1/namespaces/${namespace}/services/${name}`, 'Service');
  const endpointSlices = await listed(api, {
    group: 'discovery.k8s.io',
    versions: ['v1'],
    name: 'endpointslices',
    kind: 'EndpointSlice',
    namespace,
    labelSelector: `kubernetes.io/service-name=${name}`,
  });
  return {
    deployment,
    service,
    endpointSlices,
    ...(await configurationOf(api, deployment, options)),
    ...(await lists(api)),
    validatingPolicies: await policies(api, 'validating'),
    mutatingPolicies: await policies(api, 'mutating'),
    kyverno: joined(await inTurn(kyvernoKinds, (kind) => listed(api, kind))),
    gatekeeper: await constraints(api),
    served: await servedBy(api, { deployment, service }, options),
    usage: await usageOf(api, endpointSlices, options),
  };
}

const core = { group: '', versions: ['v1'] } as const;
const rbac = { group: 'rbac.authorization.k8s.io', versions: ['v1'] } as const;
const admission = { group: 'admissionregistration.k8s.io', versions: ['v1'] } as const;

/** Parts that are nothing but a list of the whole cluster. */
const wholeLists = {
  validating: {
    ...admission,
    name: 'validatingwebhookconfigurations',
    kind: 'ValidatingWebhookConfiguration',
  },
  mutating: { ...admission, name: 'mutatingwebhookconfigurations', kind: 'MutatingWebhookConfiguration' },
  namespaces: { ...core, name: 'namespaces', kind: 'Namespace', onlyMetadata: true },
  nodes: { ...core, name: 'nodes', kind: 'Node' },
  runtimeClasses: { group: 'node.k8s.io', versions: ['v1'], name: 'runtimeclasses', kind: 'RuntimeClass' },
  daemonSets: { group: 'apps', versions: ['v1'], name: 'daemonsets', kind: 'DaemonSet' },
  clusterRoles: { ...rbac, name: 'clusterroles', kind: 'ClusterRole' },
  clusterRoleBindings: { ...rbac, name: 'clusterrolebindings', kind: 'ClusterRoleBinding' },
  roles: { ...rbac, name: 'roles', kind: 'Role' },
  roleBindings: { ...rbac, name: 'rolebindings', kind: 'RoleBinding' },
} as const satisfies Partial<Readonly<Record<keyof Parts, Listed>>>;

/** Policies with their bindings. */
async function policies(api: ClusterApi, which: 'validating' | 'mutating'): Promise<Read<readonly Fields[]>> {
  const kind = which === 'validating' ? 'ValidatingAdmissionPolicy' : 'MutatingAdmissionPolicy';
  const both: readonly Listed[] = [
    { ...admission, name: `${which}admissionpolicies`, kind },
    { ...admission, name: `${which}admissionpolicybindings`, kind: `${kind}Binding` },
  ];
  return joined(await inTurn(both, (one) => listed(api, one)));
}

const kyvernoKinds: readonly Listed[] = [
  { group: 'kyverno.io', versions: ['v1'], name: 'clusterpolicies', kind: 'ClusterPolicy' },
  { group: 'kyverno.io', versions: ['v1'], name: 'policies', kind: 'Policy' },
  ...['ValidatingPolicy', 'MutatingPolicy', 'NamespacedValidatingPolicy', 'NamespacedMutatingPolicy'].map(
    (kind): Listed => ({
      group: 'policies.kyverno.io',
      versions: ['v1', 'v1beta1', 'v1alpha1'],
      name: kind.toLowerCase().replace(/y$/, 'ies'),
      kind,
    }),
  ),
];

async function lists(api: ClusterApi): Promise<Pick<ClusterState, keyof typeof wholeLists>> {
  const found: Partial<Record<keyof typeof wholeLists, Read<readonly Fields[]>>> = {};
  for (const part of Object.keys(wholeLists) as (keyof typeof wholeLists)[])
    found[part] = await listed(api, wholeLists[part]);
  return found as Pick<ClusterState, keyof typeof wholeLists>;
}

/** Gatekeeper makes a kind of each template. */
async function constraints(api: ClusterApi): Promise<Read<readonly Fields[]>> {
  const group = 'constraints.gatekeeper.sh';
  const answer = await api.send('GET', `/apis/${group}/v1beta1`);
  if (answer.status === 404) return read([]);
  if (answer.status !== 200) return unread(`${group}: ${refusalOf(answer)}`);
  const kinds = objectsAt(answer.body, 'resources').filter((one) => !textAt(one, 'name').includes('/'));
  const wanted = kinds.map(
    (one): Listed => ({
      group,
      versions: ['v1beta1'],
      name: textAt(one, 'name'),
      kind: textAt(one, 'kind'),
    }),
  );
  return joined(await inTurn(wanted, (kind) => listed(api, kind)));
}

/** One request at a time: nobody waits for a doctor, and the API server has others to serve. */
async function inTurn<T, R>(all: readonly T[], ask: (one: T) => Promise<R>): Promise<readonly R[]> {
  const answers: R[] = [];
  for (const one of all) answers.push(await ask(one));
  return answers;
}

type Configured = Pick<ClusterState, 'configuration' | 'source'>;

/** The configuration that new replicas get: the file that --config names, in the ConfigMap that is mounted there. */
async function configurationOf(
  api: ClusterApi,
  deployment: ClusterState['deployment'],
  { namespace, configuration, clock }: GatherOptions,
): Promise<Configured> {
  if (configuration !== undefined)
    return { configuration: read(configuration), source: read({ where: '', lines: [] }) };
  if (deployment.kind === 'unread') return { configuration: deployment, source: deployment };
  if (deployment.value === undefined) return unknown('there is no Deployment that mounts one');
  const file = argumentOf(deployment.value, '--config');
  const source = sourceOf(deployment.value, file);
  if (source === undefined) return unknown(`the Deployment mounts no ConfigMap for ${file || '--config'}`);
  const path = `/api/v1/namespaces/${namespace}/configmaps/${encodeURIComponent(source.name)}`;
  const where = `the ConfigMap ${namespace}/${source.name}`;
  const found = await fetched(api, path, where);
  if (found.kind === 'unread') return { configuration: found, source: found };
  const text = valueAt(found.value, 'data', source.key);
  if (typeof text !== 'string') {
    const lines = [found.value === undefined ? `there is no ${where.slice(4)}` : `${where} has no ${source.key}`];
    return {
      configuration: unread(lines[0] ?? ''),
      source: read({ where, configMap: source, problem: 'missing', lines }),
    };
  }
  const loaded = loadConfiguration(text, clock);
  if (loaded.kind === 'configuration')
    return { configuration: read(loaded), source: read({ where, configMap: source, lines: [] }) };
  const lines = loaded.problems.map((problem) => formatProblem(source.key, problem));
  return {
    configuration: unread(`${where} is invalid`),
    source: read({ where, configMap: source, problem: 'invalid', lines }),
  };
}

/** Not a fault by itself: a file can be named. */
function unknown(why: string): Configured {
  const both = unread(`${why}; name a file with --config`);
  return { configuration: both, source: both };
}

function sourceOf(deployment: Fields, file: string): { readonly name: string; readonly key: string } | undefined {
  const pod = valueAt(deployment, 'spec', 'template', 'spec');
  const [container] = objectsAt(pod, 'containers');
  const mount = objectsAt(container, 'volumeMounts').find((one) => file.startsWith(`${textAt(one, 'mountPath')}/`));
  const volume = objectsAt(pod, 'volumes').find((one) => textAt(one, 'name') === textAt(mount, 'name'));
  const name = textAt(volume, 'configMap', 'name');
  return mount === undefined || name === ''
    ? undefined
    : { name, key: file.slice(textAt(mount, 'mountPath').length + 1) };
}
