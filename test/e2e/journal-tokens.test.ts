import { createPrivateKey, randomUUID, sign } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cluster, startCluster } from '../harness/cluster.ts';
import { type JournalProcess, startJournalProcess } from '../harness/journal-process.ts';
import { waitFor } from '../harness/waiting.ts';
import { startWebhook } from '../harness/webhook-process.ts';
import { journalFiles } from '../integration/journal-harness.ts';
import { send } from '../integration/server-harness.ts';
import { accountKubeconfig } from './scan-process.ts';

const program = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const namespace = 'pratique';
const audience = 'pratique-journal';

let cluster: Cluster;
let journal: JournalProcess;
let certFile: string;

beforeAll(async () => {
  cluster = await startCluster();
  await cluster.createNamespace(namespace);
  for (const name of ['pratique', 'pratique-journal', 'other']) await createAccount(name);
  await grantTokenReviews();
  const { caFile, pair } = await journalFiles(cluster.folder);
  certFile = caFile;
  const keyFile = join(cluster.folder, 'journal.key');
  await writeFile(keyFile, pair.key);
  journal = await startJournalProcess({
    program,
    certFile,
    keyFile,
    args: [
      ...['--store', join(cluster.folder, 'journal'), '--writer', accountName('pratique')],
      ...['--kubeconfig', await accountKubeconfig(cluster, namespace, 'pratique-journal')],
    ],
  });
});
afterAll(async () => {
  await journal?.stop();
  await cluster?.stop();
});

test('a token of a writer for the audience is taken, with no right but to review tokens', async () => {
  expect(await answerTo(await tokenOf('pratique', [audience]))).toBe(200);
});

test('a token for another audience is nobody, the one that a pod has for the API server too', async () => {
  expect(await answerTo(await tokenOf('pratique', ['vault']))).toBe(401);
  expect(await answerTo(await tokenOf('pratique', ['https://kubernetes.default.svc']))).toBe(401);
});

test('another service account is known, and may not write', async () => {
  expect(await answerTo(await tokenOf('other', [audience]))).toBe(403);
});

test('a token that has expired, or that the cluster did not sign, is nobody', async () => {
  const key = await readFile(join(cluster.folder, 'service-account.key'), 'utf8');
  const hour = 3_600;
  // The API server allows clocks to differ by a minute.
  expect(await answerTo(await signedToken(key, hour))).toBe(200);
  expect(await answerTo(await signedToken(key, -120))).toBe(401);
  const valid = await signedToken(key, hour);
  expect(await answerTo(`${valid.slice(0, -10)}AAAAAAAAAA`)).toBe(401);
});

test('a token dies with its service account, after a few seconds', async () => {
  await createAccount('short-lived');
  const token = await tokenOf('short-lived', [audience]);
  expect(await answerTo(token)).toBe(403);
  await cluster.api.expect('DELETE', `/api/v1/namespaces/${namespace}/serviceaccounts/short-lived`);
  await waitFor('the refusal', async () => (await answerTo(token)) === 401, { timeoutMs: 30_000 });
});

test('while the API server does not answer a token is neither good nor bad: try again', async () => {
  const token = await tokenOf('pratique', [audience]);
  const pid = cluster.pids['kube-apiserver'];
  if (pid === undefined) throw new Error('the API server does not run');
  process.kill(pid, 'SIGSTOP');
  const answer = await answerTo(token).finally(() => process.kill(pid, 'SIGCONT'));
  expect(answer).toBe(503);
  await waitFor('the API server', async () => (await answerTo(token)) === 200);
});

test('a webhook with a projected token ships its heartbeat, and takes a new token without a restart', async () => {
  const tokenFile = join(cluster.folder, 'projected-token');
  await writeFile(tokenFile, await tokenOf('pratique', ['too-early']));
  const webhook = await startWebhook({
    program,
    drain: '100ms',
    args: ['--journal-url', journal.url, '--journal-ca-file', certFile, '--journal-token-file', tokenFile],
  });
  try {
    await waitFor('the first failure', () => webhook.output().includes('the journal answers 401'));
    await writeFile(tokenFile, await tokenOf('pratique', [audience]));
    await waitFor('the recovery', () => webhook.output().includes('records are shipped to the journal again'));
  } finally {
    await webhook.stop();
  }
  expect(await journal.metric('pratique_journal_missing_records')).toBe(0);
});

async function answerTo(token: string): Promise<number> {
  const headers = { 'content-type': 'application/x-ndjson', authorization: `Bearer ${token}` };
  return (await send(journal.port, { path: '/v1/records', headers, body: 'no record\n' })).status;
}

async function tokenOf(account: string, audiences: readonly string[]): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences } };
  const { status } = await cluster.api.expect<{ readonly status: { readonly token: string } }>('POST', path, request);
  return status.token;
}

/** As the API server signs them; the shortest that it gives out live ten minutes. */
async function signedToken(key: string, secondsLeft: number): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/pratique`;
  const { metadata } = await cluster.api.expect('GET', path);
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    aud: [audience],
    exp: now + secondsLeft,
    iat: now - 3_600,
    nbf: now - 3_600,
    iss: 'https://kubernetes.default.svc',
    jti: randomUUID(),
    sub: accountName('pratique'),
    'kubernetes.io': { namespace, serviceaccount: { name: 'pratique', uid: metadata?.uid } },
  };
  const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${base64({ alg: 'ES256' })}.${base64(claims)}`;
  const signature = sign('sha256', Buffer.from(signed), { key: createPrivateKey(key), dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

function accountName(account: string): string {
  return `system:serviceaccount:${namespace}:${account}`;
}

async function createAccount(name: string): Promise<void> {
  await cluster.api.expect('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name } });
}

async function grantTokenReviews(): Promise<void> {
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  await cluster.api.expect('POST', `${rbac}/clusterroles`, {
    metadata: { name: 'journal' },
    rules: [{ apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] }],
  });
  await cluster.api.expect('POST', `${rbac}/clusterrolebindings`, {
    metadata: { name: 'journal' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'journal' },
    subjects: [{ kind: 'ServiceAccount', name: 'pratique-journal', namespace }],
  });
}
