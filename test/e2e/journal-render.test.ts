import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { chart, type Rendered, render, runHelm } from './chart.ts';

const on = ['--set', 'journal.enabled=true'];
const namesOf = (objects: readonly Rendered[]) => objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
const find = (objects: readonly Rendered[], what: string) => {
  const found = objects.find(({ kind, metadata }) => `${kind} ${metadata.name}` === what);
  if (found === undefined) throw new Error(`There is no ${what}.`);
  return found;
};
const containerOf = (objects: readonly Rendered[], what: string) =>
  find(objects, what)['spec'].template.spec.containers[0];

test('nothing of the journal is there unless it is asked for', async () => {
  const objects = await render([]);
  expect(JSON.stringify(objects)).not.toContain('journal');
});

test('a journal is a Deployment, a claim, a Service, its account with its rights, and a policy; the rest stays as it was', async () => {
  const [without, withIt] = [await render([]), await render(on)];
  const added = namesOf(withIt).filter((name) => !namesOf(without).includes(name));
  const kinds = ['ClusterRole', 'ClusterRoleBinding', 'Deployment', 'NetworkPolicy', 'PersistentVolumeClaim', 'Role'];
  const more = ['RoleBinding', 'Service', 'ServiceAccount'];
  expect(added.toSorted()).toEqual([...kinds, ...more].map((kind) => `${kind} pratique-journal`));
});

test('it may review tokens and look after the Secret with its own CA, and nothing else', async () => {
  const objects = await render(on);
  expect(find(objects, 'ClusterRole pratique-journal')['rules']).toEqual([
    { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
  ]);
  expect(find(objects, 'Role pratique-journal')['rules']).toEqual([
    { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
    { apiGroups: [''], resources: ['secrets'], resourceNames: ['pratique-journal-ca'], verbs: ['get', 'update'] },
  ]);
  const ofCertManager = await render([...on, '--set', 'tls.mode=certManager']);
  expect(namesOf(ofCertManager)).not.toContain('Role pratique-journal');
});

test('replicas see the certificate of its CA and never the key, with a token for nothing else', async () => {
  const { volumes } = find(await render(on), 'Deployment pratique')['spec'].template.spec;
  const [token, secret] = volumes.find(({ name }: { name: string }) => name === 'journal').projected.sources;
  expect(token.serviceAccountToken).toEqual({ path: 'token', audience: 'pratique-journal', expirationSeconds: 3600 });
  expect(secret.secret).toEqual({
    name: 'pratique-journal-ca',
    items: [{ key: 'ca.crt', path: 'ca.crt' }],
    optional: true,
  });
});

test('the writer is the account of the webhook, whatever it is called', async () => {
  const objects = await render([
    ...on,
    '--set',
    'serviceAccount.name=other,journal.writers[0]=system:serviceaccount:a:b',
  ]);
  const { args } = containerOf(objects, 'Deployment pratique-journal');
  expect(args.filter((arg: string) => arg.startsWith('--writer='))).toEqual([
    '--writer=system:serviceaccount:pratique:other',
    '--writer=system:serviceaccount:a:b',
  ]);
});

test('its port is open to replicas only, unless they or others come from addresses that no selector knows', async () => {
  const ingress = async (...more: readonly string[]) =>
    find(await render([...on, ...more]), 'NetworkPolicy pratique-journal')['spec'].ingress[0].from;
  expect(await ingress()).toEqual([
    { podSelector: { matchLabels: expect.objectContaining({ 'app.kubernetes.io/component': 'webhook' }) } },
  ]);
  expect(await ingress('--set', 'hostNetwork=true')).toBeUndefined();
  expect(await ingress('--set', 'journal.writers[0]=x')).toBeUndefined();
});

test('with PostgreSQL there is no volume, and pods are replaced one by one', async () => {
  const more = 'journal.store=postgresql,journal.postgresql.urlSecret.name=database,journal.replicaCount=2';
  const objects = await render([...on, '--set', more]);
  expect(namesOf(objects)).not.toContain('PersistentVolumeClaim pratique-journal');
  expect(find(objects, 'Deployment pratique-journal')['spec'].strategy.type).toBe('RollingUpdate');
  const { args } = containerOf(objects, 'Deployment pratique-journal');
  expect(args).toContain('--postgres-url-file=/postgresql/url');
  expect(args.join(' ')).not.toContain('--store');
});

test('the pod of the docs for upkeep has the volume, the image and the restrictions of the journal’s own', async () => {
  const own = find(
    await render([...on, '--set', 'journal.pseudonymKey.secretName=names']),
    'Deployment pratique-journal',
  );
  const { spec } = own['spec'].template;
  const [container] = spec.containers;
  const page = await readFile(new URL('../../docs/journal-store.md', import.meta.url), 'utf8');
  const block = /^```yaml\n([\s\S]*?)^```$/m.exec(page)?.[1] ?? '';
  // What is commented out is for a journal with pseudonyms.
  const upkeep = parse(block.replaceAll(/# (?=- name: pseudonym| {2}(?:secret|mountPath|readOnly| {2}))/g, ''), {
    version: '1.1',
  });
  const [only] = upkeep.spec.containers;
  expect(upkeep.metadata.labels).toBeUndefined();
  expect(upkeep.spec.securityContext).toEqual(spec.securityContext);
  for (const field of ['name', 'image', 'env', 'resources', 'securityContext']) {
    expect({ [field]: only[field] }).toEqual({ [field]: container[field] });
  }
  const named = (list: readonly { readonly name: string }[]) =>
    list.filter(({ name }) => ['store', 'tmp', 'pseudonym'].includes(name));
  expect(only.volumeMounts).toEqual(named(container.volumeMounts));
  const secret = { secretName: '…', defaultMode: 0o440 };
  expect(upkeep.spec.volumes).toEqual(
    named(spec.volumes).map((volume) => (volume.name === 'pseudonym' ? { name: 'pseudonym', secret } : volume)),
  );
  expect(container.args).toContain(`--pseudonym-key-file=${/--pseudonym-key-file (\S+)`/.exec(page)?.[1]}`);
});

test.each([
  ['two pods on one volume', 'journal.replicaCount=2', 'there can be only one pod'],
  ['PostgreSQL without its address', 'journal.store=postgresql', 'needs the name of the Secret'],
  ['one port for two things', 'journal.port=8081', 'two ports cannot be the same'],
  ['no account of its own', 'journal.serviceAccount.create=false', 'the name of an account is needed'],
  ['the account of the webhook', 'journal.serviceAccount.name=pratique', 'need accounts of their own'],
  ['a webhook without an account', 'serviceAccount.create=false,tls.mode=certManager', 'shares `default`'],
])('%s is refused in words', async (_, values, reason) => {
  const { code, stderr } = await runHelm([
    'template',
    'pratique',
    chart,
    '--namespace',
    'pratique',
    ...on,
    '--set',
    values,
  ]);
  expect([code, stderr]).toEqual([1, expect.stringContaining(reason)]);
});
