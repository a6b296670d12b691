import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ApiObject } from '../harness/api-client.ts';
import type { PodRun } from '../harness/kubelet-pod.ts';
import { waitFor } from '../harness/waiting.ts';
import { type InstalledCluster, release, startInstalledCluster } from './installed-cluster.ts';

let scene: InstalledCluster;
beforeAll(async () => {
  scene = await startInstalledCluster();
  await scene.install('config.default.mode=enforce,failurePolicy=Fail');
});
afterEach(({ task }) => scene?.afterTest(task));
afterAll(() => scene?.stop());

interface Rule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

function replica(): PodRun {
  const [run] = scene.replicas();
  if (run === undefined) throw new Error('No replica is ready.');
  return run;
}

/** Creates one of the reviews that answer whoever asks about himself. */
async function review<T>(credentials: readonly string[], kind: string, spec: object): Promise<T> {
  const input = JSON.stringify({ apiVersion: 'authorization.k8s.io/v1', kind, spec });
  const path = `/apis/authorization.k8s.io/v1/${kind.toLowerCase()}s`;
  const args = [...credentials, 'create', '--raw', path, '-f', '-'];
  const { code, stdout, stderr } = await scene.cluster.kubectl(args, { input });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return (JSON.parse(stdout) as { readonly status: T }).status;
}

interface Rules {
  readonly incomplete: boolean;
  readonly resourceRules: readonly Rule[];
  readonly nonResourceRules: readonly Rule[];
}

/** All rules that hold in a namespace, those for the whole cluster among them, as text. */
async function rulesOf(credentials: readonly string[], namespace: string): Promise<readonly string[]> {
  const rules = await review<Rules>(credentials, 'SelfSubjectRulesReview', { namespace });
  expect(rules.incomplete).toBe(false);
  return [...rules.resourceRules, ...rules.nonResourceRules].map(textOf).sort();
}

function textOf(rule: Rule): string {
  const fields = Object.entries(rule).sort(([one], [other]) => one.localeCompare(other));
  return JSON.stringify(Object.fromEntries(fields.map(([field, values]) => [field, [...values].sort()])));
}

const ofConfigurations: Rule = {
  apiGroups: ['admissionregistration.k8s.io'],
  resourceNames: [release],
  resources: ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
  verbs: ['get', 'patch'],
};
const ofSecrets: readonly Rule[] = [
  { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
  { apiGroups: [''], resourceNames: [`${release}-ca`], resources: ['secrets'], verbs: ['get', 'update'] },
];

test.each([
  [release, [ofConfigurations, ...ofSecrets]],
  ['kube-system', [ofConfigurations]],
  ['default', [ofConfigurations]],
])('in %s a replica has exactly the least rights, beside those of every account', async (namespace, least) => {
  const ofReplica = await rulesOf(['--kubeconfig', replica().kubeconfig], namespace);
  // An account of the same namespace to which nothing is bound.
  const groups = ['authenticated', 'serviceaccounts', `serviceaccounts:${release}`].map(
    (one) => `--as-group=system:${one}`,
  );
  const ofAnyone = await rulesOf([`--as=system:serviceaccount:${release}:nobody`, ...groups], namespace);
  expect(ofAnyone.join('\n')).toContain('selfsubjectrulesreviews');
  expect(ofReplica.filter((rule) => !ofAnyone.includes(rule))).toEqual(least.map(textOf).sort());
  expect(ofAnyone.filter((rule) => !ofReplica.includes(rule))).toEqual([]);
});

test('the token may do that and nothing else, in its namespace, elsewhere and everywhere', async () => {
  const allowed: string[] = [];
  const ask = async (what: string, attributes: object) => {
    for (const verb of ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection']) {
      const spec = { resourceAttributes: { ...attributes, verb } };
      const credentials = ['--kubeconfig', replica().kubeconfig];
      const { allowed: may } = await review<{ allowed: boolean }>(credentials, 'SelfSubjectAccessReview', spec);
      if (may) allowed.push(`${verb} ${what}`);
    }
  };
  const namespace = release;
  await ask('the CA', { resource: 'secrets', namespace, name: `${release}-ca` });
  await ask('another Secret', { resource: 'secrets', namespace, name: 'another' });
  await ask('Secrets of kube-system', { resource: 'secrets', namespace: 'kube-system' });
  await ask('Secrets everywhere', { resource: 'secrets' });
  await ask('everything', { resource: '*', group: '*' });
  for (const kind of ['validating', 'mutating']) {
    const attributes = { resource: `${kind}webhookconfigurations`, group: 'admissionregistration.k8s.io' };
    await ask(`its own ${kind}`, { ...attributes, name: release });
    await ask(`another ${kind}`, { ...attributes, name: 'another' });
    await ask(`all ${kind}`, attributes);
  }
  expect(allowed).toEqual([
    'get the CA',
    'create the CA',
    'update the CA',
    'create another Secret', // a name cannot limit it: the API server does not know the name yet
    'get its own validating',
    'patch its own validating',
    'get its own mutating',
    'patch its own mutating',
  ]);
});

const rbac = '/apis/rbac.authorization.k8s.io/v1';
const role = `${rbac}/namespaces/${release}/roles/${release}`;
const clusterRole = `${rbac}/clusterroles/${release}`;
const secret = `/api/v1/namespaces/${release}/secrets/${release}-ca`;
const validating = `/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${release}`;
const asMergePatch = { contentType: 'application/merge-patch+json' };

const deleteSecret = () => scene.cluster.api.expect('DELETE', secret);
const rotate = () =>
  scene.cluster.api.expect(
    'PATCH',
    secret,
    { metadata: { annotations: { 'pratique.dev/rotate': 'now' } } },
    asMergePatch,
  );
const wipe = () => {
  const patch = [{ op: 'remove', path: '/webhooks/0/clientConfig/caBundle' }];
  return scene.cluster.api.expect('PATCH', validating, patch, { contentType: 'application/json-patch+json' });
};

interface Readiness {
  readonly status: number;
  readonly text: string;
}

async function readinessOf({ ports }: PodRun): Promise<Readiness> {
  const answer = await fetch(`http://127.0.0.1:${ports['http']}/readyz`);
  return { status: answer.status, text: await answer.text() };
}

const readiness = () => Promise.all(scene.replicas().map(readinessOf));

/** Takes one verb from a role, and puts it back after what is done meanwhile. */
async function without(path: string, resource: string, verb: string, meanwhile: () => Promise<void>): Promise<void> {
  const { rules } = await scene.cluster.api.expect<ApiObject & { readonly rules: readonly Rule[] }>('GET', path);
  const narrow = rules.map((rule) =>
    rule.resources?.includes(resource) === true ? { ...rule, verbs: rule.verbs.filter((one) => one !== verb) } : rule,
  );
  const set = (wanted: readonly Rule[]) => scene.cluster.api.expect('PATCH', path, { rules: wanted }, asMergePatch);
  await set(narrow.filter(({ verbs }) => verbs.length > 0));
  await meanwhile().finally(() => set(rules));
}

describe('a role that is too narrow', () => {
  test.each([
    ['create', 'secrets', role, deleteSecret],
    ['get', 'secrets', role, undefined],
    ['update', 'secrets', role, rotate],
    ['get', 'validatingwebhookconfigurations', clusterRole, undefined],
    ['patch', 'validatingwebhookconfigurations', clusterRole, wipe],
  ])(
    'without %s on %s fails visibly, and no replica that was ready becomes unready',
    async (verb, resource, path, need) => {
      await without(path, resource, verb, async () => {
        await need?.();
        await waitFor('the refusal', async () => (await readiness()).some(({ text }) => text.includes('forbidden')));
        const refusal = `cannot ${verb} resource \\"${resource}\\"`;
        await waitFor('its line in a log', () =>
          scene.replicas().some(({ lines }) => lines.some((line) => line.includes(refusal))),
        );
        expect((await readiness()).map(({ status }) => status)).toEqual([200, 200, 200]);
      });
      await waitFor('the end of it', async () => (await readiness()).every(({ text }) => !text.includes('forbidden')));
    },
  );

  test('lets no new replica become ready, and the reason is told', async () => {
    await without(role, 'secrets', 'get', async () => {
      const old = scene.kubelet.running();
      const restarted = await scene.cluster.kubectl(['rollout', 'restart', `deployment/${release}`, '-n', release]);
      expect(restarted).toMatchObject({ code: 0 });
      const added = () => scene.kubelet.running().find((run) => !old.includes(run) && run.pid !== undefined);
      const run = await waitFor('a new replica', added);
      await waitFor('its refusal', async () => (await readinessOf(run)).text.includes('forbidden'));
      expect((await readinessOf(run)).status).toBe(503);
      expect(scene.replicas().filter((one) => old.includes(one))).toHaveLength(3);
    });
    const done = ['rollout', 'status', `deployment/${release}`, '-n', release, '--timeout=120s'];
    expect(await scene.cluster.kubectl(done, { timeoutMs: 130_000 })).toMatchObject({ code: 0 });
  });
});
