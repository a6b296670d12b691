import { setTimeout as delay } from 'node:timers/promises';
import { type Balancer, startBalancer } from './balancer.ts';
import type { Cluster } from './cluster.ts';
import type { Kubelet } from './kubelet.ts';
import { waitFor } from './waiting.ts';

/** Which Service of the cluster leads to the pods of a kubelet, and how. */
export interface ServiceOptions {
  readonly namespace: string;
  readonly name: string;
  /** The port that webhook configurations name; a free one unless told. */
  readonly port?: number;
  /** The name of the container's port that reviews go to; `https` unless told. */
  readonly targetPort?: string;
  /** From a change of the endpoints to its effect, as kube-proxy needs a moment; 500 ms unless told. */
  readonly lagMs?: number;
  /** Between two probes of the balancer, of which three must fail; 500 ms unless told. */
  readonly probeMs?: number;
}

/** A Service that leads to processes. */
export interface ProcessService {
  readonly balancer: Balancer;
  stop(): Promise<void>;
}

/**
 * Leads a Service that is yet to be made to the processes of a kubelet. There is no network in which a ClusterIP would be an address, so that
 * the API server turns this Service into `ExternalName: localhost`, by a MutatingAdmissionPolicy, whoever writes it
 * and how often: Helm sees its own object. Behind localhost stands the balancer, which follows the kubelet's ready
 * endpoints with a delay and takes out one of which three probes in a row failed. That kube-proxy takes an endpoint out
 * is not proved by this, nor how long it takes.
 */
export async function serveProcesses(
  cluster: Cluster,
  kubelet: Kubelet,
  options: ServiceOptions,
): Promise<ProcessService> {
  await redirectService(cluster, options);
  const balancer = await startBalancer({
    ...(options.port === undefined ? {} : { port: options.port }),
    intervalMs: options.probeMs ?? 500,
    failureThreshold: 3,
  });
  const stopping = new AbortController();
  const following = follow(balancer, kubelet, options, stopping.signal);
  return {
    balancer,
    stop: async () => {
      stopping.abort();
      await following;
      await balancer.stop();
    },
  };
}

const policies = '/apis/admissionregistration.k8s.io/v1';
const policyPrefix = 'processes-in-place-of-pods';

async function redirectService({ api, createNamespace }: Cluster, { namespace, name }: ServiceOptions): Promise<void> {
  if ((await api.request('GET', `/api/v1/namespaces/${namespace}`)).status === 404) await createNamespace(namespace);
  const policyName = `${policyPrefix}-${name}`;
  const apply = (path: string, object: object) =>
    api.expect('PATCH', path, object, {
      contentType: 'application/apply-patch+yaml',
      query: { fieldManager: 'pratique-test', force: 'true' },
    });
  await apply(`${policies}/mutatingadmissionpolicies/${policyName}`, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingAdmissionPolicy',
    metadata: { name: policyName },
    spec: {
      reinvocationPolicy: 'Never',
      failurePolicy: 'Fail',
      matchConstraints: {
        resourceRules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['services'] },
        ],
      },
      matchConditions: [
        {
          name: 'this-service',
          expression: `request.namespace == '${namespace}' && object.metadata.name == '${name}'`,
        },
      ],
      mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: redirection } }],
    },
  });
  await apply(`${policies}/mutatingadmissionpolicybindings/${policyName}`, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingAdmissionPolicyBinding',
    metadata: { name: policyName },
    spec: { policyName },
  });
  await waitFor('the policy that redirects the Service', () => isRedirected({ namespace, name }, api));
}

const redirection = `[
  JSONPatch{op: "add", path: "/spec", value: Object.spec{
    type: "ExternalName", externalName: "localhost", ports: object.spec.ports, selector: object.spec.selector}}
]`;

async function isRedirected(
  { namespace, name }: Pick<ServiceOptions, 'namespace' | 'name'>,
  api: Cluster['api'],
): Promise<boolean> {
  const path = `/api/v1/namespaces/${namespace}/services`;
  const spec = { selector: { a: 'b' }, ports: [{ name: 'https', port: 443 }] };
  const probe = { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec };
  const answer = await api.request<{ spec?: { type?: string } }>('POST', path, probe, { dryRun: true });
  if (answer.status !== 201) throw new Error(`The Service could not be tried: ${JSON.stringify(answer.body)}`);
  return answer.body.spec?.type === 'ExternalName';
}

async function follow(
  balancer: Balancer,
  kubelet: Kubelet,
  { targetPort = 'https', lagMs = 500 }: ServiceOptions,
  signal: AbortSignal,
): Promise<void> {
  const present = new Set<number>();
  while (!signal.aborted) {
    const ready = new Map<number, string>();
    for (const { ports, readyUrl } of kubelet.endpoints()) {
      const port = ports[targetPort];
      if (port !== undefined) ready.set(port, readyUrl ?? '');
    }
    await delay(lagMs, undefined, { signal }).catch(() => undefined);
    for (const [port, readyUrl] of ready) {
      if (!present.has(port)) balancer.add({ port, readyUrl });
      present.add(port);
    }
    for (const port of [...present].filter((known) => !ready.has(known))) {
      balancer.remove(port);
      present.delete(port);
    }
  }
}
