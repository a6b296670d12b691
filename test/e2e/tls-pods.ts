import type { X509Certificate } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'node:tls';
import type { WebhookProcess } from '../harness/webhook-process.ts';
import { deniedBy } from './guarded-cluster.ts';
import { pod, privileged } from './pods.ts';
import type { TlsCluster } from './tls-cluster.ts';

/** Creates a pod in `gitlab`. */
export async function createPod(tls: TlsCluster, name: string, parts: Parameters<typeof pod>[1] = {}) {
  const { status, body } = await tls.cluster.api.request('POST', '/api/v1/namespaces/gitlab/pods', pod(name, parts));
  return { status, message: body.message };
}

/** Creates pods until it is told to end; every other one is denied. `wrong` is what was answered otherwise. */
export function creatingPods(
  tls: TlsCluster,
  prefix: string,
): {
  end(): Promise<{ readonly created: number; readonly wrong: readonly unknown[] }>;
} {
  const wrong: unknown[] = [];
  let running = true;
  let created = 0;
  const work = (async () => {
    while (running) {
      const violates = created % 2 === 1;
      const answer = await createPod(tls, `${prefix}-${created++}`, violates ? { container: privileged } : {});
      const right = violates ? answer.message?.startsWith(`${deniedBy}[privileged] `) === true : answer.status === 201;
      if (!right) wrong.push(answer);
      await delay(15);
    }
  })();
  const end = async () => {
    running = false;
    await work;
    return { created, wrong };
  };
  return { end };
}

/** The certificate that a replica serves. */
export function leafOf(replica: WebhookProcess): Promise<X509Certificate> {
  const { promise, resolve, reject } = Promise.withResolvers<X509Certificate>();
  const socket = connect({ port: replica.port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
    const certificate = socket.getPeerX509Certificate();
    socket.destroy();
    if (certificate === undefined) reject(new Error('no certificate'));
    else resolve(certificate);
  });
  socket.on('error', reject);
  return promise;
}

/** Whether every caBundle is that of the Secret. */
export async function isEverywhere(tls: TlsCluster): Promise<boolean> {
  const [bundles, secret] = await Promise.all([tls.bundles(), tls.secret()]);
  return bundles.length === 5 && bundles.every((bundle) => bundle === secret['ca.crt']);
}
