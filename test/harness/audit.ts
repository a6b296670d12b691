import { readFile } from 'node:fs/promises';
import type { ApiObject } from './api-client.ts';

/** An event of the API server's audit log (audit.k8s.io/v1), as far as tests look into one. */
export interface AuditEvent {
  readonly auditID: string;
  readonly level: string;
  readonly stage: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username?: string; readonly groups?: readonly string[] };
  readonly impersonatedUser?: { readonly username?: string; readonly groups?: readonly string[] };
  readonly objectRef?: {
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number; readonly reason?: string; readonly message?: string };
  readonly requestObject?: ApiObject;
  readonly responseObject?: ApiObject;
  /** Holds what webhooks say under `<webhook name>/<key>`. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An audit policy that keeps every write of a workload with its bodies, and nothing else. */
export const writesAuditPolicy = JSON.stringify({
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    {
      level: 'RequestResponse',
      verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'],
      resources: [
        { group: '', resources: ['pods', 'pods/*', 'persistentvolumes', 'replicationcontrollers'] },
        { group: 'apps' },
        { group: 'batch' },
        { group: 'node.k8s.io' },
      ],
    },
    { level: 'None' },
  ],
});

/** Reads an audit log; a last line that is still being written is left out. */
export async function readAuditLog(path: string): Promise<readonly AuditEvent[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''; // the API server makes the file with the first event
    throw error;
  });
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const lines = whole.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as AuditEvent);
}
