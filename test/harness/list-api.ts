import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How a list answers, beside its pages. */
export interface ListBehaviour {
  /** In place of every answer. */
  readonly refusal?: { readonly status: number; readonly message: string; readonly headers?: Record<string, string> };
  /** Refuses only as often as this. */
  readonly times?: number;
  /** The second page is asked for too late: 410, with a token that goes on from there or without one. */
  readonly expires?: 'with token' | 'without token';
}

/** A server that answers lists as an API server does, over plain HTTP, and nothing else. */
export interface ListApi {
  readonly url: string;
  /** A kubeconfig that leads to it, with a token. */
  readonly kubeconfig: string;
  /** The lists that it serves: objects by path, in the order of their keys. */
  readonly lists: Map<string, readonly object[]>;
  readonly behaviours: Map<string, ListBehaviour>;
  /** Path and query of each request. */
  readonly requests: string[];
  /** The Authorization headers. */
  readonly credentials: Set<string>;
  close(): Promise<void>;
}

/** Starts the server on a free port of the loopback interface. */
export async function startListApi(): Promise<ListApi> {
  const lists: ListApi['lists'] = new Map();
  const behaviours: ListApi['behaviours'] = new Map();
  const requests: string[] = [];
  const credentials = new Set<string>();
  const counts = new Map<string, number>();
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    credentials.add(request.headers.authorization ?? '');
    const { status, body, headers } = answerTo(request, { lists, behaviours, counts });
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    kubeconfig: kubeconfigOf(url),
    lists,
    behaviours,
    requests,
    credentials,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

interface State extends Pick<ListApi, 'lists' | 'behaviours'> {
  readonly counts: Map<string, number>;
}

interface Answer {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

function answerTo(request: IncomingMessage, { lists, behaviours, counts }: State): Answer {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
  const { refusal, expires, times = Number.POSITIVE_INFINITY } = behaviours.get(pathname) ?? {};
  const items = lists.get(pathname);
  const token = searchParams.get('continue') ?? '';
  const count = (counts.get(pathname) ?? 0) + 1;
  counts.set(pathname, count);
  if (refusal !== undefined && count <= times) {
    return { status: refusal.status, body: statusOf(refusal.message), headers: refusal.headers };
  }
  if (items === undefined) return { status: 404, body: statusOf('not found') };
  if (expires !== undefined && token !== '' && count === 2) {
    return { status: 410, body: statusOf('expired', expires === 'with token' ? { continue: `later-${token}` } : {}) };
  }
  const from = Number(token.replace('later-', ''));
  const end = from + Number(searchParams.get('limit') ?? items.length);
  const metadata = end < items.length ? { continue: String(end) } : {};
  return { status: 200, body: { kind: 'List', metadata, items: items.slice(from, end) } };
}

function statusOf(message: string, metadata: object = {}): object {
  return { kind: 'Status', status: 'Failure', message, metadata };
}

/** JSON is YAML; the client library asks for `insecure-skip-tls-verify` where there is no TLS. */
function kubeconfigOf(server: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'fake',
    contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'somebody' } }],
    clusters: [{ name: 'fake', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'somebody', user: { token: 'secret-token' } }],
  });
}
