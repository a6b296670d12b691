import { setTimeout as delay } from 'node:timers/promises';
import type { ApiObject } from '../harness/api-client.ts';
import { waitFor } from '../harness/waiting.ts';
import { type Environment, release } from './environment.ts';
import { type Fault, noErrors } from './fault.ts';

const configurations = '/apis/admissionregistration.k8s.io/v1';
const secret = `/api/v1/namespaces/${release}/secrets/${release}-ca`;
const validating = `${configurations}/validatingwebhookconfigurations/${release}`;

/** Faults of the certificates, the configuration, the release and the control plane. */
export const clusterFaults: readonly Fault[] = [
  {
    name: 'leaf renewal',
    bound: 'none',
    prepare: (environment) => environment.upgrade('tls.self.leafLifetime=30s'),
    inject: async ({ kubelet }) => {
      const replaced = () => kubelet.running().map(({ lines }) => lines.filter(isReplacement).length);
      const before = replaced();
      await waitFor('a new leaf for each', () => replaced().every((count, index) => count > (before[index] ?? 0)));
      return noErrors(`${replaced().map((count, index) => count - (before[index] ?? 0))} leaves renewed`);
    },
  },
  {
    name: 'CA rotation',
    bound: 'none',
    prepare: (environment) => environment.upgrade('tls.self.leafLifetime=30s'),
    inject: async (environment) => {
      const old = await bundle(environment);
      const metadata = { annotations: { 'pratique.dev/rotate': 'now' } };
      const contentType = 'application/merge-patch+json';
      await environment.cluster.api.expect('PATCH', secret, { metadata }, { contentType });
      await waitFor('old and new in the bundle', async () => (await bundle(environment)) !== old);
      await waitFor('the end of the old CA', async () => !(await bundle(environment)).includes(old), {
        timeoutMs: 240_000,
      });
      return noErrors('old CA, both, new CA');
    },
    repair: (environment) => environment.upgrade(),
  },
  {
    name: 'Secret of the CA deleted',
    bound: 'none',
    inject: async ({ cluster }) => {
      await cluster.api.expect('DELETE', secret);
      await waitFor('the Secret', async () => (await cluster.api.request('GET', secret)).status === 200);
      await delay(10_000); // longer than the overlap
      return noErrors('put back');
    },
  },
  {
    name: 'caBundle wiped',
    bound: 'those sent before the next reconcile',
    inject: async (environment) => {
      const { cluster } = environment;
      const { webhooks } = await cluster.api.expect<Webhooks>('GET', validating);
      const patch = webhooks.map((_, index) => ({ op: 'remove', path: `/webhooks/${index}/clientConfig/caBundle` }));
      await cluster.api.expect('PATCH', validating, patch, { contentType: 'application/json-patch+json' });
      const wipedAt = performance.now();
      await waitFor('the repair', async () => (await bundle(environment)) !== '', { intervalMs: 20 });
      const repairedAt = performance.now() + 500; // until the API server has seen it
      return {
        seen: `repaired after ${((repairedAt - wipedAt) / 1_000).toFixed(1)} s`,
        excuses: (errors) => errors.every(({ sentAt }) => sentAt <= repairedAt),
      };
    },
  },
  {
    name: 'Helm upgrade with another configuration',
    bound: 'none',
    inject: async (environment) => {
      await environment.upgrade('config.journal.allows=all');
      await environment.settled();
      return noErrors('upgraded');
    },
  },
  {
    name: 'Helm rollback',
    bound: 'none',
    inject: async (environment) => {
      await environment.helm('rollback', release, '--namespace', release, '--wait', '--timeout', '3m');
      await environment.settled();
      return noErrors('rolled back');
    },
  },
  {
    name: 'API server restarted',
    bound: 'none',
    inject: async (environment) => {
      await environment.cluster.restart('kube-apiserver');
      await environment.settled();
      return noErrors('the other errors are those of an API server that is away');
    },
  },
  {
    name: 'etcd paused for 10 s',
    bound: 'none',
    inject: async ({ cluster, settled }) => {
      const pid = cluster.pids['etcd'];
      if (pid === undefined) throw new Error('etcd does not run.');
      process.kill(pid, 'SIGSTOP');
      await delay(10_000).finally(() => process.kill(pid, 'SIGCONT'));
      await settled();
      return noErrors('the other errors are those of an API server without its store');
    },
  },
];

interface Webhooks extends ApiObject {
  readonly webhooks: readonly { readonly clientConfig: { readonly caBundle?: string } }[];
}

/** The bundle that all webhooks have, as PEM; nothing when one of them has none or another one. */
async function bundle({ cluster }: Environment): Promise<string> {
  const { webhooks } = await cluster.api.expect<Webhooks>('GET', validating);
  const bundles = new Set(webhooks.map(({ clientConfig }) => clientConfig.caBundle ?? ''));
  return bundles.size === 1
    ? Buffer.from([...bundles].join(''), 'base64')
        .toString()
        .trim()
    : '';
}

function isReplacement(line: string): boolean {
  return line.includes('certificate replaced');
}
