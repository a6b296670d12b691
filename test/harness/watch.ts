import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { ApiClient, ClientOptions } from './api-client.ts';

/** What a watched object has at least. */
export interface Watched {
  readonly metadata?: { readonly uid?: string; readonly resourceVersion?: string };
}

/** A watch that lasts until it is stopped. */
export interface Watch {
  stop(): Promise<void>;
}

const retryMs = 200;
const watchSeconds = 300;

/**
 * Lists and watches the objects of a path of the API, and goes on through restarts of the API server. `onChange` gets
 * each object that is there or changes, `onGone` the last state of one that is gone; both may see the same state twice.
 */
export function watchObjects<T extends Watched>(
  target: { readonly admin: ClientOptions; readonly api: ApiClient },
  path: string,
  onChange: (object: T) => void,
  onGone: (object: T) => void,
): Watch {
  const known = new Map<string, T>();
  const stopping = new AbortController();
  const seen = (object: T) => {
    known.set(object.metadata?.uid ?? '', object);
    onChange(object);
  };
  const gone = (object: T) => {
    if (known.delete(object.metadata?.uid ?? '')) onGone(object);
  };
  const listOnce = async () => {
    const { items, metadata } = await target.api.expect<{ items: T[]; metadata: { resourceVersion: string } }>(
      'GET',
      path,
      undefined,
      { timeoutMs: 15_000 },
    );
    const present = new Set(items.map((item) => item.metadata?.uid));
    for (const [uid, object] of known) if (!present.has(uid)) gone(object);
    items.forEach(seen);
    return metadata.resourceVersion;
  };
  const running = (async () => {
    while (!stopping.signal.aborted) {
      try {
        const version = await listOnce();
        await watchOnce<T>(target.admin, path, version, stopping.signal, seen, gone);
      } catch {
        await delay(retryMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  })();
  return {
    stop: () => {
      stopping.abort();
      return running;
    },
  };
}

/** Ends when the API server ends the watch, or says that the version is too old. */
async function watchOnce<T>(
  admin: ClientOptions,
  path: string,
  version: string,
  signal: AbortSignal,
  seen: (object: T) => void,
  gone: (object: T) => void,
): Promise<void> {
  const query = `?watch=true&resourceVersion=${version}&timeoutSeconds=${watchSeconds}`;
  const { ca, cert, key } = admin;
  const asking = request(new URL(`${path}${query}`, admin.url), { ca, cert, key, agent: false, signal });
  asking.on('error', () => undefined); // `once` below has it; later ones come through the response
  asking.end();
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  if (response.statusCode !== 200) throw new Error(`The watch of ${path} was answered with ${response.statusCode}.`);
  response.on('error', () => undefined);
  for await (const line of createInterface({ input: response, crlfDelay: Number.POSITIVE_INFINITY })) {
    const event = JSON.parse(line) as { readonly type: string; readonly object: T };
    if (event.type === 'ERROR') return;
    if (event.type === 'DELETED') gone(event.object);
    else seen(event.object);
  }
}
