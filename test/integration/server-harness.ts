import { KeyObject, webcrypto } from 'node:crypto';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import type { Outcome } from '../../src/admission/outcome.ts';
import type { Configuration } from '../../src/config/policy.ts';
import { inflightBytes } from '../../src/server/limits.ts';
import type { Refusal } from '../../src/server/refusals.ts';
import type { Answer, Observer, ReviewFacts } from '../../src/server/review.ts';
import { buildWebhookApp, type WebhookApp, type WebhookOptions } from '../../src/server/webhook.ts';
import { readPair, type TlsMaterial } from '../../src/tls/certificate-source.ts';
import { signSelf } from '../../src/tls/issue.ts';

const hour = 3_600_000;

/** Everything that a server told its observer. */
export interface Told {
  readonly reviews: { readonly outcome: Outcome; readonly facts: ReviewFacts }[];
  readonly refusals: Refusal[];
  readonly errors: unknown[];
}

export interface TestServer {
  readonly app: WebhookApp;
  readonly port: number;
  readonly told: Told;
  close(): Promise<void>;
}

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** The decision is the lead's; here every readable review is allowed, and every unreadable one denied as /validate must. */
export const allowAll: Answer = (review, webhook) => ({
  webhook,
  decision: review.kind === 'request' ? 'allow' : 'error',
  request: review.kind === 'request' ? review.request : undefined,
  subject: undefined,
  profile: 'dind',
  mode: 'enforce',
  exemption: undefined,
  configHash: '0123456789ab',
  judgements: [],
  patch: [],
  problem: review.kind === 'request' ? undefined : review.problem,
  unjudgedKind: undefined,
  unchanged: false,
  response:
    review.kind === 'request'
      ? { uid: review.request.uid, allowed: true }
      : {
          uid: review.uid,
          allowed: webhook !== 'validate',
          status: { code: 400, reason: 'BadRequest', message: review.problem },
        },
});

const emptyConfiguration = { hash: '0123456789ab' } as Configuration;

/** A pair for localhost, valid for an hour. */
export async function localPair(): Promise<{ readonly cert: string; readonly key: string }> {
  return signSelf(['localhost', '127.0.0.1'], Date.now(), hour);
}

/** A client certificate that is its own CA: enough to tell callers apart. */
export async function clientPair(): Promise<{ readonly cert: string; readonly key: string }> {
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=kube-apiserver',
    notBefore: new Date(Date.now() - hour),
    notAfter: new Date(Date.now() + hour),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
    ],
  });
  const key = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' });
  return { cert: certificate.toString('pem'), key: key.toString() };
}

export async function startServer(overrides: Partial<WebhookOptions> = {}): Promise<TestServer> {
  const told: Told = { reviews: [], refusals: [], errors: [] };
  const observer: Observer = {
    reviewed: (outcome, facts) => void told.reviews.push({ outcome, facts }),
    refused: (refusal) => void told.refusals.push(refusal),
    failed: (error) => void told.errors.push(error),
  };
  const pair = await localPair();
  const material: TlsMaterial = readPair(pair.cert, pair.key);
  const app = buildWebhookApp({
    answer: allowAll,
    configuration: () => emptyConfiguration,
    clock: Date.now,
    observer,
    material,
    inflight: inflightBytes(128 * 1024 * 1024),
    draining: () => false,
    ...overrides,
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  return {
    app,
    port: (app.server.address() as AddressInfo).port,
    told,
    async close() {
      app.server.closeAllConnections();
      await app.close();
    },
  };
}

export interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly agent?: https.Agent;
  readonly tls?: https.RequestOptions;
}

/** Sends a request and reads the whole answer. */
export function send(port: number, sent: Sent = {}): Promise<Answered> {
  const { promise, resolve, reject } = Promise.withResolvers<Answered>();
  const request = https.request(
    {
      host: '127.0.0.1',
      port,
      method: sent.method ?? 'POST',
      path: sent.path ?? '/validate',
      headers: sent.headers ?? { 'content-type': 'application/json' },
      agent: sent.agent ?? false,
      rejectUnauthorized: false,
      ...sent.tls,
    },
    (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    },
  );
  request.on('error', reject);
  request.end(sent.body);
  return promise;
}

/** Writes bytes over TLS and returns all that comes back until the server ends the connection or is silent for a while. */
export function sendBytes(port: number, bytes: Uint8Array | string, patience = 400): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  const chunks: Buffer[] = [];
  let silence: NodeJS.Timeout | undefined;
  const finish = () => {
    clearTimeout(silence);
    socket.destroy();
    resolve(Buffer.concat(chunks).toString('latin1'));
  };
  const wait = () => {
    clearTimeout(silence);
    silence = setTimeout(finish, patience);
  };
  socket.on('secureConnect', () => {
    socket.write(bytes);
    wait();
  });
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    wait();
  });
  socket.on('error', finish);
  socket.on('close', finish);
  return promise;
}

/** A minimal review of a pod's creation. */
export function review(request: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '7f0b2a6c-0000-4000-8000-000000000001',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      operation: 'CREATE',
      namespace: 'gitlab',
      userInfo: { username: 'system:serviceaccount:gitlab:runner', groups: ['system:authenticated'] },
      object: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'build' }, spec: { containers: [] } },
      ...request,
    },
  };
}
