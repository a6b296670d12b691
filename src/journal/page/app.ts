import { readFileSync } from 'node:fs';
import type { TlsOptions } from 'node:tls';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import type { Journal } from '../queries/questions.ts';
import { inflightCount } from '../server/inflight.ts';
import { type Answer, problemAnswer, type Question } from './answer.ts';
import { hostProblem, isForeignFetch, safetyHeaders } from './headers.ts';
import { pageOf } from './layout.ts';
import { routes } from './routes.ts';
import { type SignIn, signInProblems, type Visitor, visitorOf } from './sign-in.ts';

/** What somebody looked at, without what they searched for: the words of a search name people. */
export interface Viewed {
  readonly user: string;
  /** The address without its parameters. */
  readonly path: string;
  /** The names of the parameters that were given. */
  readonly filters: readonly string[];
  readonly status: number;
  readonly durationMs: number;
}

/** Whom the page tells what it does: the operational log and metrics. */
export interface PageObserver {
  /** Somebody was answered. */
  viewed(view: Viewed): void;
  /** Somebody was not let in. */
  refused(refusal: { readonly reason: string; readonly path: string; readonly status: number }): void;
  /** An answer failed for a reason that the visitor is not to blame for. */
  failed(error: unknown): void;
}

/** What the page is made of. */
export interface JournalPageOptions {
  readonly db: Journal;
  readonly signIn: SignIn;
  /** Host names by which it is reached, beside those of the loopback address. */
  readonly hosts: readonly string[];
  readonly version: string;
  /** The name under which a user is kept, where those are pseudonyms. */
  readonly storedName: (user: string) => string;
  readonly observer: PageObserver;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
  /** Questions that are put to the store at once; above it 503. */
  readonly inflightLimit?: number;
}

const visitors = new WeakMap<FastifyRequest, Extract<Visitor, { kind: 'admitted' }>>();
const defaultInflightLimit = 16;
const headTimeout = 10_000;
const requestTimeout = 30_000;

/** The page and its JSON API as a server of their own, not yet listening. With `tls` it demands a client certificate. */
export function buildPageApp(options: JournalPageOptions & { readonly tls?: TlsOptions }): FastifyInstance {
  const limits = { logger: false, bodyLimit: 1024, requestTimeout, return503OnClosing: false } as const;
  const { tls } = options;
  const https = { ...tls, requestCert: true, rejectUnauthorized: true, handshakeTimeout: headTimeout };
  const app = tls === undefined ? fastify(limits) : (fastify({ ...limits, https }) as unknown as FastifyInstance);
  app.register(journalPage, options);
  return app;
}

/** A fastify plugin: read-only pages of the journal, and `/api/v1`. Throws when sign-in is set up wrong. */
async function journalPage(app: FastifyInstance, options: JournalPageOptions): Promise<void> {
  const problems = signInProblems(options.signIn);
  if (problems.length > 0)
    throw new Error(`The sign-in of the journal's page is set up wrong: ${problems.join('; ')}.`);
  const inflight = inflightCount(options.inflightLimit ?? defaultInflightLimit);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(safetyHeaders);
    const refusal = refusalOf(request, options);
    if (refusal !== undefined) return answer(request, reply, refusal, options);
    if (!inflight.enter(request, reply.raw)) {
      return answer(request, reply, problemAnswer({ status: 503, title: 'Too much at once', retryAfter: 2 }), options);
    }
  });
  app.addHook('onResponse', async (request, reply) => tell(request, reply, options));
  app.setNotFoundHandler((request, reply) => answer(request, reply, notFound(request), options));
  app.setErrorHandler((error, request, reply) => {
    const failed = problemAnswer(error);
    if (failed.status >= 500) options.observer.failed(error);
    return answer(request, reply, failed, options);
  });
  for (const { path, respond } of routes) {
    app.get(path, async (request, reply) =>
      answer(request, reply, await inflight.during(request, respond(questionOf(request, options))), options),
    );
  }
  serveAssets(app);
}

function refusalOf(request: FastifyRequest, { signIn, hosts, observer }: JournalPageOptions): Answer | undefined {
  const visitor = visitorOf(request.raw, signIn);
  const host = hostProblem(request.raw, hosts);
  const refusal =
    visitor.kind === 'refused'
      ? { status: visitor.status, reason: visitor.reason, title: 'Not signed in', message: notSignedIn }
      : host !== undefined
        ? { status: 421, reason: host, title: 'Not known by this name', message: `${host} Its operator can allow it.` }
        : isForeignFetch(request.raw)
          ? {
              status: 403,
              reason: 'another site asked',
              title: 'Not from another site',
              message: 'Open the page itself.',
            }
          : undefined;
  if (visitor.kind === 'admitted') visitors.set(request, visitor);
  if (refusal === undefined) return undefined;
  observer.refused({ reason: refusal.reason, path: pathOf(request), status: refusal.status });
  return problemAnswer(refusal);
}

const notSignedIn =
  'The page is seen through its auth proxy, by members of the groups that are allowed, or on the loopback address.';

function notFound(request: FastifyRequest): Answer {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return problemAnswer({ status: 405, title: 'Read only', message: 'There is only GET here.' });
  }
  return problemAnswer({ status: 404, title: 'Not found', message: 'There is no such page.' });
}

function questionOf(
  request: FastifyRequest,
  { db, version, storedName, clock = Date.now }: JournalPageOptions,
): Question {
  const now = clock();
  const { search, searchParams } = new URL(request.raw.url ?? '/', 'http://localhost');
  const path = request.params as Question['path'];
  return { db, search, params: searchParams, path, now, version, storedName };
}

/** Sends an answer as what the address stands for: a page, or JSON below `/api/`. */
function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  given: Answer,
  options: JournalPageOptions,
): FastifyReply {
  reply.code(given.status);
  if (given.retryAfter !== undefined) reply.header('retry-after', given.retryAfter);
  if (given.location !== undefined) return reply.redirect(given.location, given.status);
  if (given.status === 405) reply.header('allow', 'GET, HEAD');
  if (given.file !== undefined) {
    const { type, name, text } = given.file;
    if (name !== undefined) reply.header('content-disposition', `attachment; filename="${name}"`);
    return reply.type(`${type}; charset=utf-8`).send(text);
  }
  if (pathOf(request).startsWith('/api/')) {
    return reply.type('application/json; charset=utf-8').send(`${JSON.stringify(given.json)}\n`);
  }
  const visitor = visitors.get(request);
  const frame = {
    user: options.signIn.proxy === undefined ? undefined : visitor?.user,
    version: options.version,
    now: (options.clock ?? Date.now)(),
    ...(given.api === undefined ? {} : { api: given.api }),
  };
  return reply.type('text/html; charset=utf-8').send(pageOf(given.sheet, frame));
}

/** Assets tell nothing of anyone, and whoever was refused is told of already. */
function tell(request: FastifyRequest, reply: FastifyReply, { observer }: JournalPageOptions): void {
  const visitor = visitors.get(request);
  const path = pathOf(request);
  if (visitor === undefined || path.startsWith('/assets/')) return;
  const { searchParams } = new URL(request.raw.url ?? '/', 'http://localhost');
  const filters = [...searchParams].filter(([, value]) => value !== '').map(([name]) => name);
  observer.viewed({
    user: visitor.user,
    path,
    filters: [...new Set(filters)],
    status: reply.statusCode,
    durationMs: Math.round(reply.elapsedTime),
  });
}

function pathOf(request: FastifyRequest): string {
  const [path = '/'] = (request.raw.url ?? '/').split('?');
  return path;
}

function serveAssets(app: FastifyInstance): void {
  for (const [name, type] of [
    ['page.css', 'text/css; charset=utf-8'],
    ['flag.svg', 'image/svg+xml'],
  ] as const) {
    const text = readFileSync(new URL(`./assets/${name}`, import.meta.url), 'utf8');
    app.get(`/assets/${name}`, (_request, reply) =>
      reply.header('cache-control', 'private, max-age=300').type(type).send(text),
    );
  }
}
