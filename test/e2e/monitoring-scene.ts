import { createServer, type Server } from 'node:http';
import { Agent } from 'node:https';
import type { AddressInfo } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { expect } from 'vitest';
import { podReview, postReview } from '../harness/review.ts';
import { waitFor } from '../harness/waiting.ts';
import { startWebhook, type WebhookProcess } from '../harness/webhook-process.ts';
import type { GuardedCluster } from './guarded-cluster.ts';
import { pod, privileged } from './pods.ts';

const day = 24 * 60 * 60 * 1000;
const date = (time: number) => new Date(time).toISOString().slice(0, 10);
const exemption = (name: string, expires: string) => ({
  name,
  namespaces: ['agents'],
  allow: { privileged: true },
  owner: 'platform-team',
  reason: 'to be counted',
  expires,
});

/** A configuration under which every metric has something to tell. */
export const configuration = {
  namespaces: [{ match: ['watched'], mode: 'audit' }],
  exemptions: [
    exemption('in-use', date(Date.now() + 300 * day)),
    exemption('expiring', date(Date.now() + 3 * day)),
    exemption('expired', date(Date.now() - 2 * day)),
  ],
  breakGlass: { groups: ['oncall'] },
};

/** Has the API server fail to reach the webhook under Fail and under Ignore, and leaves everything as it was. */
export async function haveAnOutage(guard: GuardedCluster): Promise<void> {
  await guard.webhook.stop('SIGKILL');
  expect((await guard.create(pod('unreachable'))).status).toBe(500);
  expect((await guard.create(pod('unobserved', { namespace: 'kube-system', container: privileged }))).status).toBe(201);
  const admitted = async () => (await guard.create(pod('unjudged', { container: privileged }))).status === 201;
  await guard.reinstall({ failurePolicy: 'Ignore' }, admitted);
  await guard.restart();
  await guard.reinstall({}, () => isDenying(guard));
}

async function isDenying(guard: GuardedCluster): Promise<boolean> {
  const answer = await guard.create(pod('probe', { spec: { hostPID: true } }), { dryRun: true });
  return answer.status === 403;
}

/** Installs a webhook with a name of ours whose match condition cannot be evaluated, and has it evaluated. */
export async function breakAMatchCondition({ cluster }: GuardedCluster): Promise<void> {
  await cluster.api.expect('POST', '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations', {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'broken' },
    webhooks: [
      {
        name: 'broken.pratique.dev',
        clientConfig: { url: 'https://127.0.0.1:1/' },
        failurePolicy: 'Ignore',
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }],
        matchConditions: [{ name: 'fails', expression: "object.data.missing == 'x'" }],
      },
    ],
  });
  const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'probe' }, data: { present: 'x' } };
  await waitFor('the broken match condition to be evaluated', async () => {
    await cluster.api.request('POST', '/api/v1/namespaces/gitlab/configmaps', configMap, { dryRun: true });
    const { status, body } = await cluster.api.request('GET', '/metrics');
    return status === 200 && JSON.stringify(body).includes('match_condition_evaluation_errors_total{');
  });
}

/**
 * Starts a replica that signs its own certificate and keeps the caBundle of a configuration of which nothing is asked, with
 * further arguments.
 */
export async function startSelfSigned(
  { cluster }: GuardedCluster,
  further: readonly string[],
): Promise<WebhookProcess> {
  await cluster.api.expect('POST', '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations', {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'self' },
    webhooks: [
      {
        name: 'self.example.com',
        clientConfig: { service: { namespace: 'pratique', name: 'self', path: '/validate' } },
        failurePolicy: 'Ignore',
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
        rules: [{ apiGroups: ['example.com'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['nothing'] }],
      },
    ],
  });
  const flags = {
    'tls-secret': 'self-ca',
    'tls-service': 'self',
    namespace: 'pratique',
    'validating-webhook-configuration': 'self',
    kubeconfig: cluster.kubeconfig,
  };
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
  return startWebhook({ args: [...args, ...further] });
}

/** Has every kind of review sent, through the API server where it sends such ones. */
export async function sendReviews(guard: GuardedCluster): Promise<void> {
  const statusOf = async (...args: Parameters<GuardedCluster['create']>) => (await guard.create(...args)).status;
  expect(await statusOf(pod('fine'))).toBe(201);
  for (const name of ['denied', 'denied-too']) expect(await statusOf(pod(name, { container: privileged }))).toBe(403);
  expect(await statusOf(pod('watched', { namespace: 'watched', container: privileged }))).toBe(201);
  expect(await statusOf(pod('observed', { namespace: 'kube-system', container: privileged }))).toBe(201);
  expect(await statusOf(pod('agent', { namespace: 'agents', container: privileged }))).toBe(201);
  const oncall = { user: 'jane', groups: ['system:masters', 'oncall'] };
  expect(await statusOf(pod('by-oncall', { container: privileged }), oncall)).toBe(201);
  expect(await statusOf(pod('asks', { labels: { 'mount-fuse': 'true' } }))).toBe(201);
  const tolerations = [{ key: 'spot', operator: 'Exists', effect: 'NoSchedule' }];
  expect((await guard.patch(pod('old'), { spec: { tolerations } })).status).toBe(200);
  expect((await guard.patch(pod('fine'), { metadata: { labels: { team: 'a' } } })).status).toBe(200);
  await sendOddReviews(guard);
}

/** What no API server sends with the deployed webhook configurations. */
async function sendOddReviews({ webhook }: GuardedCluster): Promise<void> {
  const agent = new Agent({ rejectUnauthorized: false }); // its certificate is for a name inside of the cluster
  const target = { port: webhook.port, agent };
  const unchanged = podReview({ object: pod('same'), oldObject: pod('same'), operation: 'UPDATE' });
  expect(await postReview(target, '/validate', unchanged)).toMatchObject({ allowed: true });
  const { request, ...review } = podReview({ object: pod('secret') }) as { request: object };
  const kind = { group: '', version: 'v1', kind: 'Secret' };
  expect(await postReview(target, '/validate', { ...review, request: { ...request, kind } })).toMatchObject({
    allowed: true,
  });
  expect(await postReview(target, '/validate', { ...review, request: { uid: 'only' } })).toMatchObject({
    allowed: false,
  });
  await expect(postReview(target, '/validate', {})).rejects.toThrow('/validate answered 400');
  agent.destroy();
}

/** Sends the head of a request whose body does not come, so that its bytes stay in flight. */
export async function holdBytes(port: number, bytes: number): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  socket.on('error', () => undefined); // the webhook ends it after a while
  await new Promise((resolve) => socket.once('secureConnect', resolve));
  const fields = ['Host: x', 'Content-Type: application/json', `Content-Length: ${bytes}`];
  socket.write(`POST /validate HTTP/1.1\r\n${fields.join('\r\n')}\r\n\r\n`);
  return socket;
}

/** Serves metrics that nothing here has: those of kube-state-metrics, which needs Deployments. */
export async function servePlanted(text: string): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const server: Server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${port}`, stop };
}
