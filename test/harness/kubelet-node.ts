import { setTimeout as delay } from 'node:timers/promises';
import type { ApiClient } from './api-client.ts';

const heartbeatMs = 10_000;

/** Registers a node that is ready and keeps it so, because the controller manager takes pods from a silent one. */
export async function registerNode(api: ApiClient, name: string): Promise<{ stop(): Promise<void> }> {
  const status = () => ({
    capacity: { cpu: '64', memory: '256Gi', pods: '1000' },
    allocatable: { cpu: '64', memory: '256Gi', pods: '1000' },
    addresses: [
      { type: 'InternalIP', address: '127.0.0.1' },
      { type: 'Hostname', address: name },
    ],
    conditions: [condition('Ready', 'True', 'KubeletReady')],
  });
  const metadata = { name, labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' } };
  await api.expect('POST', '/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata, status: status() });
  const stopping = new AbortController();
  const beat = async () => {
    while (!stopping.signal.aborted) {
      const options = { contentType: 'application/strategic-merge-patch+json', timeoutMs: heartbeatMs };
      await api.request('PATCH', `/api/v1/nodes/${name}/status`, { status: status() }, options).catch(() => undefined);
      await delay(heartbeatMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const beating = beat();
  return {
    stop: () => {
      stopping.abort();
      return beating;
    },
  };
}

function condition(type: string, status: string, reason: string) {
  const now = new Date().toISOString();
  return { type, status, reason, message: reason, lastHeartbeatTime: now, lastTransitionTime: now };
}
