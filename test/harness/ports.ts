import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

const lowest = 15_000;
const highest = 30_000;

/**
 * Finds different free ports of 127.0.0.1, all below the ranges from which systems take ports for outgoing
 * connections, so that no connection takes one before the server that it is meant for.
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  const held: Server[] = [];
  const ports: number[] = [];
  for (let attempt = 0; ports.length < count; attempt += 1) {
    if (attempt > 1_000) throw new Error(`Found no ${count} free ports between ${lowest} and ${highest}.`);
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    const server = await tryListen(port);
    if (server === undefined) continue;
    held.push(server);
    ports.push(port);
  }
  await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Finds one free port of 127.0.0.1. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  if (port === undefined) throw new Error('Found no free port.');
  return port;
}

async function tryListen(port: number): Promise<Server | undefined> {
  const server = createServer().listen({ port, host: '127.0.0.1', exclusive: true });
  try {
    await once(server, 'listening');
    return server;
  } catch {
    return undefined;
  }
}
