import { createServer, type Server, type ServerResponse } from 'node:http';

/** What the probes tell. */
export interface ProbeOptions {
  /** Why reviews should not be sent here; empty when ready. */
  readonly unready: () => Promise<readonly string[]>;
  /** What is wrong though reviews are answered, such as a configuration that could not be reloaded. */
  readonly details: () => Readonly<Record<string, string>>;
  /** The metrics and their content type. */
  readonly metrics: () => Promise<{ readonly type: string; readonly text: string }>;
}

/**
 * Serves `/livez`, `/readyz` and `/metrics` in plain HTTP, on a port of its own: kubelet and Prometheus have no client
 * certificate, and a busy webhook must not look dead. node:http, because fastify has nothing to add to three paths.
 */
export function probeServer(options: ProbeOptions): Server {
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000 }, (request, response) => {
    request.resume();
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      sendJson(response, 405, { error: 'method-not-allowed' });
      return;
    }
    const [path = ''] = (request.url ?? '').split('?', 1);
    answerProbe(path, response, options);
  });
  server.maxConnections = 256;
  return server;
}

function answerProbe(path: string, response: ServerResponse, options: ProbeOptions): void {
  switch (path) {
    case '/livez':
      sendJson(response, 200, { status: 'ok' });
      break;
    case '/readyz':
      void answerReadiness(response, options);
      break;
    case '/metrics':
      void answerMetrics(response, options);
      break;
    default:
      sendJson(response, 404, { error: 'not-found' });
  }
}

async function answerReadiness(response: ServerResponse, options: ProbeOptions): Promise<void> {
  const reasons = await options.unready().catch((error: unknown) => [String(error)]);
  const status = reasons.length === 0 ? 'ok' : 'not-ready';
  sendJson(response, reasons.length === 0 ? 200 : 503, { status, reasons, details: options.details() });
}

async function answerMetrics(response: ServerResponse, options: ProbeOptions): Promise<void> {
  try {
    const { type, text } = await options.metrics();
    response.writeHead(200, { 'content-type': type }).end(text);
  } catch (error) {
    sendJson(response, 500, { error: 'metrics-failed', message: String(error) });
  }
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
}
