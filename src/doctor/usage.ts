import { type ClusterApi, refusalOf } from '../cluster/api.ts';
import { objectsAt, textAt, valueAt } from '../kubernetes/fields.ts';
import { type ClusterState, type Read, type ReplicaUsage, read, unread } from './state.ts';

/** Reads the counters of every ready replica, through the API server. All of them, or none: one alone says nothing. */
export async function usageOf(
  api: ClusterApi,
  slices: ClusterState['endpointSlices'],
  { namespace }: { readonly namespace: string },
): Promise<Read<readonly ReplicaUsage[]>> {
  if (slices.kind === 'unread') return slices;
  const found: ReplicaUsage[] = [];
  for (const slice of slices.value) {
    const port = objectsAt(slice, 'ports').find((one) => textAt(one, 'name') === 'http')?.['port'];
    for (const endpoint of objectsAt(slice, 'endpoints')) {
      const pod = textAt(endpoint, 'targetRef', 'name');
      if (valueAt(endpoint, 'conditions', 'ready') === false) continue;
      if (pod === '' || typeof port !== 'number') return unread('the EndpointSlices name no pod with the port http');
      const path = `/api/v1/namespaces/${namespace}/pods/http:${encodeURIComponent(pod)}:${port}/proxy/metrics`;
      const answer = await api.send('GET', path, { timeoutMs: 5_000, attempts: 1 });
      if (answer.status !== 200 || typeof answer.body !== 'string') {
        return unread(
          `the metrics of ${pod} cannot be reached through the API server: ${refusalOf(answer).slice(0, 200)}`,
        );
      }
      found.push(usageIn(answer.body, pod));
    }
  }
  return found.length === 0 ? unread('no replica is ready') : read(found);
}

/** Reads the text that Prometheus scrapes. */
export function usageIn(text: string, replica: string): ReplicaUsage {
  const uses = new Map<string, number>();
  let startedAt = 0;
  for (const line of text.split('\n')) {
    const [, labels = '', value] = /^pratique_exemption_uses_total\{([^}]*)\} (\S+)$/.exec(line) ?? [];
    const name = /(?:^|,)exemption="([^"\\]*)"/.exec(labels)?.[1];
    if (name !== undefined) uses.set(name, (uses.get(name) ?? 0) + Number(value));
    const [, started] = /^(?:pratique_)?process_start_time_seconds(?:\{[^}]*\})? (\S+)$/.exec(line) ?? [];
    if (started !== undefined) startedAt = Number(started) * 1000;
  }
  return { replica, startedAt, uses };
}
