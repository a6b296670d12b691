/**
 * The largest body that is read, in bytes.
 *
 * The API server writes `<`, `>` and `&` as six bytes each, so a pod of 1.25 MB was seen as a review of 7.5 MB, and an
 * UPDATE carries two objects. A limit below what the API server can send is a way around the webhook under Ignore.
 */
export const bodyLimit = 32 * 1024 * 1024;

/** Longer than the 90 s for which the API server keeps an idle connection, so that it never meets one being closed. */
export const keepAliveTimeout = 125_000;

/** For the head of a request, for the whole of it, and for the TLS handshake, in milliseconds. */
export const headTimeout = 10_000;
export const requestTimeout = 10_000;
export const handshakeTimeout = 10_000;

/** Silence after which a connection is closed. Longer than keepAliveTimeout, which is the one that ends idle ones. */
export const connectionTimeout = 130_000;

/** How often Node looks for heads and requests that are overdue: its own default is 30 s. */
export const timeoutCheckInterval = 1_000;

/** Far above what API servers open (25 idle ones each, and one for each review in flight). */
export const maxConnections = 4_096;

/** Bytes of request bodies that are in memory or on their way, so that many large reviews cannot exhaust it. */
export interface InflightBytes {
  readonly cap: number;
  used: number;
}

/** Counts nothing yet, up to `cap` bytes. */
export function inflightBytes(cap: number): InflightBytes {
  return { cap, used: 0 };
}

/** Reserves bytes, unless that goes over the cap. The first review always fits, whatever the cap. */
export function reserve(inflight: InflightBytes, bytes: number): boolean {
  if (inflight.used > 0 && inflight.used + bytes > inflight.cap) return false;
  inflight.used += bytes;
  return true;
}
