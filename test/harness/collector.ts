import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A span as a collector gets it, with its attributes by name. */
export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  /** Since the epoch. */
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status: { readonly code?: number };
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Of the process. */
  readonly resource: Readonly<Record<string, unknown>>;
}

/** A receiver of OTLP over HTTP, in JSON. */
export interface Collector {
  readonly url: string;
  spans(): readonly CollectedSpan[];
  /** The bodies as they were sent. */
  bodies(): readonly string[];
  /** The headers of the last request. */
  headers(): IncomingMessage['headers'];
  stop(): Promise<void>;
}

/** What it does with requests: takes them, refuses them with 500, or never answers. */
export type CollectorMood = 'takes' | 'refuses' | 'hangs';

/** Starts a collector on a free port of 127.0.0.1. */
export async function startCollector(mood: CollectorMood = 'takes'): Promise<Collector> {
  const bodies: string[] = [];
  let headers: IncomingMessage['headers'] = {};
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    headers = request.headers;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (mood === 'hangs') return;
    const isTaken = mood === 'takes' && request.method === 'POST' && request.url === '/v1/traces';
    if (isTaken) bodies.push(Buffer.concat(chunks).toString('utf8'));
    response.writeHead(isTaken ? 200 : 500, { 'content-type': 'application/json' }).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: () => bodies.flatMap(spansIn),
    bodies: () => bodies,
    headers: () => headers,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

type SentSpan = Omit<CollectedSpan, 'attributes' | 'resource'> & { readonly attributes: readonly Attribute[] };

interface Sent {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[];
  }[];
}

function spansIn(body: string): readonly CollectedSpan[] {
  return (JSON.parse(body) as Sent).resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans
      .flatMap(({ spans }) => spans)
      .map((span) => ({ ...span, attributes: byName(span.attributes), resource: byName(resource.attributes) })),
  );
}

function byName(attributes: readonly Attribute[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
