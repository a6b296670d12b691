import type { AddressInfo, Server } from 'node:net';

/**
 * Listens on a port (0 for a free one) of an address, and returns the port. Without an address it listens on all of
 * them, IPv6 and IPv4, or on all of IPv4 where there is no IPv6.
 */
export async function listenOn(server: Server, port: number, host: string | undefined): Promise<number> {
  if (host !== undefined) return listenAt(server, port, host);
  try {
    return await listenAt(server, port, '::');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'EAFNOSUPPORT' && code !== 'EADDRNOTAVAIL') throw error;
    return listenAt(server, port, '0.0.0.0');
  }
}

function listenAt(server: Server, port: number, host: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.once('error', reject);
  server.listen(port, host, () => {
    server.off('error', reject);
    resolve((server.address() as AddressInfo).port);
  });
  return promise;
}
