import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { isReady } from './readiness.ts';

/** A server behind the balancer. */
interface Backend {
  /** On 127.0.0.1. */
  readonly port: number;
  /** A plain-HTTP address that answers 200 while the backend wants connections. */
  readonly readyUrl: string;
}

/** How a balancer listens and looks at its backends. */
export interface BalancerOptions {
  readonly backends?: readonly Backend[];
  /** A free one unless told. */
  readonly port?: number;
  /** Between two looks at a backend's readiness; 100 ms unless told. */
  readonly intervalMs?: number;
  /**
   * After so many failed looks in a row a backend is out; 1 unless told. With more than one its connections are reset
   * then: the API server of 1.37 leaves the connections to an endpoint that is gone, an older one does not.
   */
  readonly failureThreshold?: number;
}

/** A running TCP balancer. */
export interface Balancer {
  readonly port: number;
  /** New connections go to a backend once it has been seen ready. */
  add(backend: Backend): void;
  /** Stops new connections to a backend; those that exist live on, as they do when a Pod leaves a Service. */
  remove(port: number): void;
  backends(): readonly { readonly port: number; readonly isHealthy: boolean; readonly connections: number }[];
  /** Ends the listener, the polling and every connection. */
  stop(): Promise<void>;
}

interface State {
  readonly backend: Backend;
  isHealthy: boolean;
  isAsked: boolean;
  connections: number;
  failuresInRow: number;
  readonly upstreams: Set<Socket>;
}

const connectTimeoutMs = 1_000;

/**
 * Puts backends behind one port of 127.0.0.1, round robin over the healthy ones, as a Service does. A backend that
 * refuses a connection is dropped at once and the next one gets the client, whose bytes nobody has read by then.
 * A client whom no backend takes is reset.
 */
export async function startBalancer(options: BalancerOptions = {}): Promise<Balancer> {
  const states: State[] = [];
  const sockets = new Set<Socket>();
  let turn = 0;
  const nextOf = (tried: ReadonlySet<State>) => {
    const healthy = states.filter((state) => state.isHealthy && !tried.has(state));
    turn += 1;
    return healthy[turn % Math.max(healthy.length, 1)];
  };
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    void serve(client, nextOf, sockets);
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const threshold = options.failureThreshold ?? 1;
  const look = () => Promise.all(states.map((state) => refresh(state, threshold)));
  const polling = setInterval(() => void look(), options.intervalMs ?? 100);
  const add = (backend: Backend) => {
    const state = {
      backend,
      isHealthy: false,
      isAsked: false,
      connections: 0,
      failuresInRow: 0,
      upstreams: new Set<Socket>(),
    };
    states.push(state);
    void refresh(state, threshold);
  };
  for (const backend of options.backends ?? []) add(backend);
  return {
    port: (server.address() as AddressInfo).port,
    add,
    remove: (port) => {
      const index = states.findIndex(({ backend }) => backend.port === port);
      if (index >= 0) states.splice(index, 1);
    },
    backends: () =>
      states.map(({ backend, isHealthy, connections }) => ({ port: backend.port, isHealthy, connections })),
    stop: () => {
      clearInterval(polling);
      return close(server, sockets);
    },
  };
}

async function serve(
  client: Socket,
  nextOf: (tried: ReadonlySet<State>) => State | undefined,
  sockets: Set<Socket>,
): Promise<void> {
  track(client, sockets);
  client.on('error', () => client.destroy()); // a client may vanish before a backend is found
  const tried = new Set<State>();
  for (let state = nextOf(tried); state !== undefined; state = nextOf(tried)) {
    const upstream = await tryConnect(state.backend.port, sockets);
    if (upstream === undefined) {
      state.isHealthy = false;
      tried.add(state);
      continue;
    }
    if (client.destroyed) {
      upstream.destroy();
      return;
    }
    join(client, upstream, state);
    return;
  }
  client.resetAndDestroy();
}

async function tryConnect(port: number, sockets: Set<Socket>): Promise<Socket | undefined> {
  const upstream = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  track(upstream, sockets);
  try {
    await once(upstream, 'connect', { signal: AbortSignal.timeout(connectTimeoutMs) });
    return upstream;
  } catch {
    upstream.destroy();
    return undefined;
  }
}

/** `pipe` passes the end of one direction on and leaves the other open; a broken side breaks the other. */
function join(client: Socket, upstream: Socket, state: State): void {
  state.connections += 1;
  state.upstreams.add(upstream);
  upstream.once('close', () => {
    state.connections -= 1;
    state.upstreams.delete(upstream);
  });
  for (const [one, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    one.on('error', () => other.resetAndDestroy());
    one.on('close', (hadError) => {
      if (!hadError && !one.readableEnded) other.destroy();
    });
  }
  client.pipe(upstream);
  upstream.pipe(client);
}

function track(socket: Socket, sockets: Set<Socket>): void {
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
}

/** One question at a time: the answer to an older one must not replace that to a newer one. */
async function refresh(state: State, threshold: number): Promise<void> {
  if (state.isAsked) return;
  state.isAsked = true;
  const isOk = await isReady(state.backend.readyUrl);
  state.isAsked = false;
  state.failuresInRow = isOk ? 0 : state.failuresInRow + 1;
  if (isOk) state.isHealthy = true;
  if (state.failuresInRow < threshold) return;
  state.isHealthy = false;
  if (threshold === 1) return;
  // The error reaches the other side by the listeners of `join`.
  for (const upstream of state.upstreams) upstream.destroy(new Error('The backend is out.'));
}

async function close(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  for (const socket of sockets) socket.destroy();
  await closed;
}
