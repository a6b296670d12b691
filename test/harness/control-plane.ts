import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientOptions } from './api-client.ts';
import { createAuthority, serviceAccountKeys } from './certificates.ts';

/** The ports of one control plane, all on 127.0.0.1. */
export interface ControlPlanePorts {
  readonly etcdClient: number;
  readonly etcdPeer: number;
  readonly apiServer: number;
  readonly controllerManager: number;
}

/** The files that the programs of one control plane read and write. */
export interface ControlPlaneFiles {
  readonly folder: string;
  readonly logs: string;
  readonly kubeconfig: string;
  readonly auditLog: string;
  readonly auditPolicy: string;
  readonly admin: ClientOptions;
}

/** Writes certificates, keys, the administrator's kubeconfig and the audit policy into a folder. */
export async function writeControlPlaneFiles(
  folder: string,
  ports: ControlPlanePorts,
  auditPolicy: string | undefined,
): Promise<ControlPlaneFiles> {
  const logs = join(folder, 'logs');
  await mkdir(logs);
  const authority = await createAuthority('pratique test cluster');
  const serving = await authority.issue({
    commonName: 'kube-apiserver',
    names: ['127.0.0.1', 'localhost', 'kubernetes.default.svc'],
    usage: 'server',
  });
  const administrator = await authority.issue({ commonName: 'admin', organization: 'system:masters', usage: 'client' });
  const accounts = serviceAccountKeys();
  const admin = { url: `https://127.0.0.1:${ports.apiServer}`, ca: authority.cert, ...administrator };
  const files: Record<string, string> = {
    'ca.crt': authority.cert,
    'apiserver.crt': serving.cert,
    'apiserver.key': serving.key,
    'service-account.pub': accounts.publicKey,
    'service-account.key': accounts.privateKey,
    kubeconfig: kubeconfig(admin),
    ...(auditPolicy === undefined ? {} : { 'audit-policy.yaml': auditPolicy }),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text, { mode: 0o600 });
  return {
    folder,
    logs,
    kubeconfig: join(folder, 'kubeconfig'),
    auditLog: join(logs, 'audit.log'),
    auditPolicy: join(folder, 'audit-policy.yaml'),
    admin,
  };
}

/** Gives the flags of etcd; nothing is synced to disk, because nothing has to survive. */
export function etcdFlags(folder: string, ports: ControlPlanePorts): readonly string[] {
  const client = `http://127.0.0.1:${ports.etcdClient}`;
  const peer = `http://127.0.0.1:${ports.etcdPeer}`;
  return [
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    '--unsafe-no-fsync',
  ];
}

/** Gives the flags of kube-apiserver without those that options add. */
export function apiServerFlags(files: ControlPlaneFiles, ports: ControlPlanePorts): readonly string[] {
  const file = (name: string) => join(files.folder, name);
  return [
    `--etcd-servers=http://127.0.0.1:${ports.etcdClient}`,
    `--secure-port=${ports.apiServer}`,
    '--bind-address=127.0.0.1',
    '--endpoint-reconciler-type=none', // a loopback --advertise-address is refused; nobody needs the endpoint
    `--cert-dir=${file('certificates')}`,
    `--client-ca-file=${file('ca.crt')}`,
    `--tls-cert-file=${file('apiserver.crt')}`,
    `--tls-private-key-file=${file('apiserver.key')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${file('service-account.pub')}`,
    `--service-account-signing-key-file=${file('service-account.key')}`,
    '--service-cluster-ip-range=10.0.0.0/24',
    '--authorization-mode=RBAC',
    '--allow-privileged=true',
  ];
}

/** Gives the flags of kube-controller-manager. */
export function controllerManagerFlags(files: ControlPlaneFiles, ports: ControlPlanePorts): readonly string[] {
  return [
    `--kubeconfig=${files.kubeconfig}`,
    `--authentication-kubeconfig=${files.kubeconfig}`,
    `--authorization-kubeconfig=${files.kubeconfig}`,
    `--secure-port=${ports.controllerManager}`,
    '--bind-address=127.0.0.1',
    `--cert-dir=${join(files.folder, 'certificates')}`,
    `--root-ca-file=${join(files.folder, 'ca.crt')}`,
    `--service-account-private-key-file=${join(files.folder, 'service-account.key')}`,
    '--use-service-account-credentials=false',
    '--leader-elect=false',
  ];
}

/** JSON is YAML, so that kubectl reads it. */
function kubeconfig(admin: ClientOptions): string {
  const base64 = (text: string) => Buffer.from(text, 'utf8').toString('base64');
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
    clusters: [{ name: 'test', cluster: { server: admin.url, 'certificate-authority-data': base64(admin.ca) } }],
    users: [
      {
        name: 'admin',
        user: { 'client-certificate-data': base64(admin.cert), 'client-key-data': base64(admin.key) },
      },
    ],
  });
}
