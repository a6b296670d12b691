import type { IncomingMessage } from 'node:http';

/**
 * What every answer says to browsers: nothing runs, nothing is fetched from elsewhere, nothing is kept, nobody frames
 * it or reads it from another site.
 */
export const safetyHeaders: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cache-control': 'no-store',
};

/** Host names by which the page is always reached, as through `kubectl port-forward`. */
const ownHosts: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Why the `Host` of a request is not believed, in words; undefined when it is.
 *
 * A site may let its own name point to 127.0.0.1 once its page is loaded (DNS rebinding) and would then read this one
 * as its own: only names that were configured are answered.
 */
export function hostProblem({ rawHeaders }: IncomingMessage, hosts: readonly string[]): string | undefined {
  const given = rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'host');
  const [host] = given;
  if (host === undefined || given.length > 1) return 'The request does not name one host.';
  const [, name] = /^(\[[0-9a-f:.]{2,45}\]|[^:[\]]{1,253})(?::\d{1,5})?$/i.exec(host) ?? [];
  const known = name !== undefined && [...ownHosts, ...hosts].some((one) => one.toLowerCase() === name.toLowerCase());
  return known ? undefined : 'The page is not known by this host name.';
}

/**
 * Whether another site asks in the background. It could not read the answer; this spares the store the question.
 *
 * A link from another site is fine, and so is whatever is no browser and sends no such header.
 */
export function isForeignFetch({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  const isForeign = site === 'cross-site' || site === 'same-site';
  return isForeign && headers['sec-fetch-mode'] !== 'navigate';
}
