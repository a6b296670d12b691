import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Authority, createAuthority } from '../harness/certificates.ts';
import { waitFor } from '../harness/waiting.ts';
import { type Environment, release } from './environment.ts';
import { type Fault, noErrors } from './fault.ts';

const secretName = 'serving';
const secretPath = `/api/v1/namespaces/${release}/secrets/${secretName}`;

/** Faults of a certificate that somebody else issues: the release is installed anew, in TLS mode existingSecret. */
export async function certificateFaults(): Promise<readonly Fault[]> {
  const authority = await createAuthority();
  return [
    {
      name: 'another certificate in the Secret (existingSecret)',
      bound: 'none',
      prepare: (environment) => install(environment, authority),
      inject: async (environment) => {
        const count = await serve(environment, authority);
        return noErrors(`taken by ${count} replicas`);
      },
    },
    {
      name: 'certificate expired (existingSecret)',
      bound: 'from the expiry until a valid one is served',
      prepare: (environment) => install(environment, authority),
      inject: (environment) => expire(environment, authority),
    },
  ];
}

async function expire(environment: Environment, authority: Authority) {
  const { kubelet } = environment;
  const end = Math.ceil(Date.now() / 1_000 + 25) * 1_000; // certificates know whole seconds
  const expiredAt = performance.now() + end - Date.now();
  await serve(environment, authority, new Date(end));
  if (performance.now() > expiredAt) throw new Error('The certificate had expired before each replica had it.');
  await waitFor('the end of readiness', () => kubelet.endpoints().length === 0);
  const outAt = performance.now();
  await delay(3_000);
  const validAt = performance.now();
  await serve(environment, authority);
  await environment.settled();
  const backAt = performance.now();
  const seconds = (ms: number) => (ms / 1_000).toFixed(1);
  return {
    seen: `none ready ${seconds(outAt - expiredAt)} s later; all back ${seconds(backAt - validAt)} s after a valid one was put into the Secret`,
    excuses: (errors: readonly { readonly sentAt: number; readonly answeredAt: number }[]) =>
      errors.every(({ sentAt, answeredAt }) => answeredAt >= expiredAt && sentAt <= backAt),
  };
}

/** Puts a new certificate into the Secret and waits until each replica serves it. */
async function serve(environment: Environment, authority: Authority, notAfter?: Date): Promise<number> {
  const { kubelet } = environment;
  const replaced = () =>
    kubelet.running().map(({ lines }) => lines.filter((line) => line.includes('certificate replaced')).length);
  const before = replaced();
  await putSecret(environment, authority, notAfter);
  await waitFor('the new certificate', () => replaced().every((count, index) => count > (before[index] ?? 0)));
  return before.length;
}

async function install(environment: Environment, authority: Authority): Promise<void> {
  const file = join(environment.cluster.folder, 'authority.pem');
  await writeFile(file, authority.cert);
  await putSecret(environment, authority);
  const mode = `tls.mode=existingSecret,tls.existingSecret.name=${secretName}`;
  await environment.reinstall('--set', mode, '--set-file', `tls.existingSecret.caBundle=${file}`);
}

async function putSecret({ cluster }: Environment, authority: Authority, notAfter?: Date): Promise<void> {
  const names = [`${release}.${release}.svc`];
  const validity = notAfter === undefined ? {} : { notAfter };
  const { cert, key } = await authority.issue({ commonName: release, names, usage: 'server', ...validity });
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const data = { 'tls.crt': base64(cert), 'tls.key': base64(key) };
  await cluster.api.expect(
    'PATCH',
    secretPath,
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: secretName }, type: 'kubernetes.io/tls', data },
    { contentType: 'application/apply-patch+yaml', query: { fieldManager: 'pratique-test', force: 'true' } },
  );
}
