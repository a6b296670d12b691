import { lookup } from 'node:dns/promises';
import { connect } from 'node:tls';
import type { ClusterApi } from '../cluster/api.ts';
import { messageOf } from '../config/problem.ts';
import { objectsAt, textAt, valueAt } from '../kubernetes/fields.ts';
import { certificatesIn } from '../tls/certificate-source.ts';
import { fetched } from './objects.ts';
import { servicePort, usualPort } from './ports.ts';
import { argumentOf } from './serving.ts';
import { type ClusterState, type Read, read, type Served, unread } from './state.ts';

const patienceMs = 3_000;

/**
 * Finds out what certificate is served: by a handshake through the Service where its name can be resolved, which is in
 * the cluster; else by the Secret, which holds the key as well, so that only administrators can read it.
 */
export async function servedBy(
  api: ClusterApi,
  { deployment, service }: Pick<ClusterState, 'deployment' | 'service'>,
  { namespace, name, inCluster }: { readonly namespace: string; readonly name: string; readonly inCluster: boolean },
): Promise<Read<Served>> {
  const host = `${name}.${namespace}.svc`;
  const shaken = inCluster ? await handshake(host, portOf(service)).catch(messageOf) : 'not in a pod of the cluster';
  if (typeof shaken !== 'string') return read({ chain: shaken, authorities: undefined, source: `https://${host}` });
  const why = `no handshake with ${host} from here (${shaken})`;
  if (deployment.kind === 'unread') return unread(`${why}; ${deployment.why}`);
  const authority = argumentOf(deployment.value, '--tls-secret');
  const secret = authority === '' ? mountedSecret(deployment.value) : authority;
  if (secret === '') return unread(`${why}, and the Deployment names no Secret`);
  const path = `/api/v1/namespaces/${namespace}/secrets/${encodeURIComponent(secret)}`;
  const found = await fetched(api, path, `the Secret ${namespace}/${secret}`);
  if (found.kind === 'unread') return unread(`${why}; ${found.why}`);
  if (found.value === undefined) return unread(`${why}; there is no Secret ${namespace}/${secret} yet`);
  const text = (key: string) => Buffer.from(textAt(found.value, 'data', key), 'base64').toString();
  const source = `the Secret ${namespace}/${secret}`;
  return authority === ''
    ? read({ chain: certificatesIn(text('tls.crt')), authorities: undefined, source })
    : read({ chain: undefined, authorities: text('ca.crt'), source });
}

/** Of the modes in which somebody else issues the certificate. */
function mountedSecret(deployment: unknown): string {
  const volumes = objectsAt(valueAt(deployment, 'spec', 'template', 'spec'), 'volumes');
  return textAt(
    volumes.find((volume) => textAt(volume, 'name') === 'tls'),
    'secret',
    'secretName',
  );
}

/** Of a Service that may not be read, the one that the chart gives it unless told. */
function portOf(service: ClusterState['service']): number {
  return (service.kind === 'read' ? servicePort(service.value) : undefined) ?? usualPort;
}

async function handshake(host: string, port: number): Promise<readonly string[]> {
  const { address } = await withPatience(lookup(host), 'the name is not resolved');
  return presentedBy({ address, port, host });
}

/** The certificates that are presented, PEM, the leaf first. Whether they are trusted is the business of whoever asks. */
export async function presentedBy({ address, port, host }: Endpoint): Promise<readonly string[]> {
  const socket = connect({ host: address, port, servername: host, rejectUnauthorized: false });
  try {
    await withPatience(
      new Promise<void>((resolve, reject) => {
        socket.once('secureConnect', resolve);
        socket.once('error', reject);
      }),
      'no handshake',
    );
    const chain: string[] = [];
    const seen = new Set<string>();
    let certificate = socket.getPeerX509Certificate();
    while (certificate !== undefined && !seen.has(certificate.fingerprint256)) {
      seen.add(certificate.fingerprint256);
      chain.push(certificate.toString());
      certificate = certificate.issuerCertificate;
    }
    return chain;
  } finally {
    socket.destroy();
  }
}

/** Whom to ask for their certificate, and for which name. */
interface Endpoint {
  readonly address: string;
  readonly port: number;
  readonly host: string;
}

async function withPatience<T>(promise: Promise<T>, what: string): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`${what} after ${patienceMs / 1000} s`)), patienceMs);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
