import { expect, test } from 'vitest';
import { type ApiAnswer, type ApiOptions, type ClusterApi, ClusterError } from '../cluster/api.ts';
import type { CaDocument } from './ca-document.ts';
import type { CaStore, LiveConfiguration } from './ca-store.ts';
import { clusterStore } from './cluster-store.ts';
import { createCa } from './issue.ts';

const document: CaDocument = { signing: await createCa(Date.now(), 1e9), others: [], rotate: false };
const live: LiveConfiguration = {
  kind: 'mutating',
  name: 'pratique',
  resourceVersion: '17',
  webhooks: [{ name: 'mutate.pratique.dev', bundle: '' }],
};

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly options: ApiOptions | undefined;
}

function storeThat(...answers: readonly ApiAnswer[]): { readonly store: CaStore; readonly asked: readonly Asked[] } {
  const asked: Asked[] = [];
  const api: ClusterApi = {
    send: async (method, path, options) => {
      asked.push({ method, path, options });
      return answers[asked.length - 1] ?? { status: 500, body: 'no answer was prepared' };
    },
  };
  return { store: clusterStore(async () => api, { namespace: 'pratique', name: 'pratique-ca' }), asked };
}

const status = (code: number, message = ''): ApiAnswer => ({ status: code, body: { kind: 'Status', message } });

test('what is not there is no error', async () => {
  const { store } = storeThat(status(404), { ...status(404), date: 5_000 });
  expect(await store.configuration(live)).toBeUndefined();
  expect(await store.secret()).toEqual({ stored: undefined, serverTime: 5_000 });
});

test('a configuration whose caBundle somebody else keeps is left alone, as if it were not there', async () => {
  const withMode = (mode: string): ApiAnswer => ({
    status: 200,
    body: { metadata: { annotations: { 'pratique.dev/tls-mode': mode } }, webhooks: [{ name: 'mutate.pratique.dev' }] },
  });
  const { store } = storeThat(withMode('existingSecret'), withMode('certManager'), withMode('self'));
  expect(await store.configuration(live)).toBeUndefined();
  expect(await store.configuration(live)).toBeUndefined();
  expect((await store.configuration(live))?.webhooks).toHaveLength(1);
});

test.for([
  ['configuration', 'mutating/pratique cannot be read: 403 no right', (store: CaStore) => store.configuration(live)],
  ['Secret', 'the Secret pratique/pratique-ca cannot be read: 403 no right', (store: CaStore) => store.secret()],
  ['writing', 'pratique-ca cannot be written: 403 no right', (store: CaStore) => store.write(document, undefined)],
  ['patch', 'the caBundle of mutating/pratique cannot be set: 403', (store: CaStore) => store.setBundles(live, '')],
] as const)('what is forbidden is told: %s', async ([, message, ask]) => {
  await expect(ask(storeThat(status(403, 'no right')).store)).rejects.toThrow(message);
});

test('who comes too late is told so, and that is no error', async () => {
  const { store } = storeThat(status(409), status(409), status(404), status(409), status(404));
  const over = { document, object: {} };
  expect(await store.write(document, undefined)).toBe(false);
  expect(await store.write(document, over)).toBe(false);
  expect(await store.write(document, over)).toBe(false);
  expect(await store.setBundles(live, '')).toBeUndefined();
  expect(await store.setBundles(live, '')).toBeUndefined();
});

test('a Secret is changed as it was read: type, labels, other keys and resourceVersion stay', async () => {
  const metadata = { name: 'pratique-ca', resourceVersion: '9', labels: { team: 'blue' }, annotations: { a: 'b' } };
  const read = {
    kind: 'Secret',
    type: 'custom',
    metadata,
    data: { other: 'eA==', 'ca.crt': 'eA==', 'next.key': 'eA==' },
  };
  const { store, asked } = storeThat({ status: 200, body: read }, status(200), status(201));
  const { stored } = await store.secret();
  expect(stored?.document).toMatchObject({ corrupt: 'ca.crt holds no certificate of a CA' });
  expect(await store.write({ ...document, signingSince: 0 }, stored)).toBe(true);
  const sent = JSON.parse(JSON.stringify(asked[1]?.options?.body));
  expect(sent).toMatchObject({ type: 'custom', metadata: { resourceVersion: '9', labels: { team: 'blue' } } });
  expect(sent.metadata.annotations).toEqual({ a: 'b', 'pratique.dev/signing-since': '1970-01-01T00:00:00.000Z' });
  expect(Object.keys(sent.data).toSorted()).toEqual(['ca.crt', 'ca.key', 'other']);
  expect(asked[1]).toMatchObject({ method: 'PUT', options: { timeoutMs: 5_000, attempts: 1 } });
  expect(await store.write(document, undefined)).toBe(true);
  expect(asked[2]).toMatchObject({ method: 'POST', options: { body: { type: 'Opaque' } } });
});

test('credentials that could not be read are tried again', async () => {
  let attempts = 0;
  const open = async (): Promise<ClusterApi> => {
    attempts += 1;
    if (attempts === 1) throw new ClusterError('no token yet');
    return { send: async () => status(404) };
  };
  const store = clusterStore(open, { namespace: 'pratique', name: 'pratique-ca' });
  await expect(store.secret()).rejects.toThrow('no token yet');
  expect((await store.secret()).stored).toBeUndefined();
  await store.secret();
  expect(attempts).toBe(2);
});
