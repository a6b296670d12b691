import type { IncomingMessage } from 'node:http';
import { BlockList, isIPv6 } from 'node:net';
import { TLSSocket } from 'node:tls';
import { printable } from '../../record/redact.ts';

/** How an auth proxy tells who asks. */
export interface ProxyHeaders {
  /** The header with the user's name: `X-Forwarded-User`. */
  readonly user: string;
  /** The header with the user's groups, separated by commas: `X-Forwarded-Groups`. */
  readonly groups: string;
  /** Who is in one of these may look. */
  readonly allowGroups: readonly string[];
}

/** Who may look at the page. */
export interface SignIn {
  /** Absent: whoever reaches the loopback address may look, as through `kubectl port-forward`. */
  readonly proxy?: ProxyHeaders;
  /**
   * Names of the certificates of the auth proxy, as DNS names; only with a server that demands a certificate of the
   * proxy's CA. Absent: connections must come from a loopback address.
   */
  readonly clientNames?: readonly string[];
}

/** Whether a request may see a page, and for whom. */
export type Visitor =
  | { readonly kind: 'admitted'; readonly user: string }
  /** `reason` is for the log; the visitor is told less. */
  | { readonly kind: 'refused'; readonly status: 401 | 403; readonly reason: string };

/** The longest user name that is believed, in characters. */
const longestUser = 256;

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** What is wrong with how sign-in is set up, in words; none when all is well. */
export function signInProblems({ proxy, clientNames }: SignIn): readonly string[] {
  const problems: string[] = [];
  if (clientNames !== undefined && proxy === undefined) {
    problems.push(
      'a client certificate names the auth proxy, not who asks: name the headers of the user and groups too',
    );
  }
  if (clientNames?.some((name) => name.trim() === '')) problems.push('a name of a client certificate is empty');
  if (proxy === undefined) return problems;
  const names = [proxy.user, proxy.groups].map((name) => name.toLowerCase());
  for (const name of names.filter((one) => !/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(one))) {
    problems.push(`${JSON.stringify(name)} is no name of a header`);
  }
  if (names[0] === names[1]) problems.push('the headers of the user and of the groups are the same one');
  for (const name of names.filter((one) => reserved.has(one))) {
    problems.push(`the header ${name} has another meaning, and clients choose it`);
  }
  if (proxy.allowGroups.length === 0) problems.push('no group is allowed, so nobody could look');
  for (const group of proxy.allowGroups.filter((one) => one.trim() !== one || one === '' || one.includes(','))) {
    problems.push(`no header can hold the group ${JSON.stringify(group)}: groups are separated by commas`);
  }
  return problems;
}

/** Headers that clients send anyway. */
const reserved = new Set([
  'host',
  'cookie',
  'authorization',
  'connection',
  'origin',
  'referer',
  'user-agent',
  'accept',
]);

/** Tells who asks, and whether they may look. */
export function visitorOf(request: IncomingMessage, { proxy, clientNames }: SignIn): Visitor {
  const problem = clientNames === undefined ? addressProblem(request) : certificateProblem(request, clientNames);
  if (problem !== undefined) return refused(403, problem);
  if (proxy === undefined) return { kind: 'admitted', user: 'loopback' };
  const users = headersOf(request, proxy.user);
  const groups = headersOf(request, proxy.groups);
  // One of the proxy's and one of the client's: nobody can tell which is which.
  if (users.length > 1) return refused(403, `the header ${proxy.user} came ${users.length} times`);
  if (groups.length > 1) return refused(403, `the header ${proxy.groups} came ${groups.length} times`);
  const user = (users[0] ?? '').trim();
  if (user === '') return refused(401, `there is no header ${proxy.user}`);
  if (user.length > longestUser || printable(user) !== user) return refused(403, 'the user name is none');
  const own = (groups[0] ?? '').split(',').map((group) => group.trim());
  if (!proxy.allowGroups.some((group) => own.includes(group))) {
    return refused(403, `${user} is in no group that may look`);
  }
  return { kind: 'admitted', user };
}

function isLoopback(address: string): boolean {
  return loopback.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

function addressProblem({ socket }: IncomingMessage): string | undefined {
  const address = socket.remoteAddress ?? '';
  return isLoopback(address)
    ? undefined
    : `the address ${address === '' ? 'that asks' : address} is no loopback address`;
}

/** The chain was verified in the handshake; that is asked again here, since a server may be set up to let others in. */
function certificateProblem({ socket }: IncomingMessage, names: readonly string[]): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized)
    return 'there is no client certificate of the configured CA';
  const certified = dnsNames(socket.getPeerCertificate().subjectaltname ?? '');
  return certified.some((name) => names.includes(name)) ? undefined : 'the client certificate has none of the names';
}

/** Node quotes a name that holds what could be taken for another one: such a name is nobody's. */
function dnsNames(subjectAltName: string): readonly string[] {
  return subjectAltName
    .split(', ')
    .filter((entry) => entry.startsWith('DNS:') && !entry.includes('"'))
    .map((entry) => entry.slice('DNS:'.length));
}

/** All values of a header, also those of which Node keeps only one. Node reads bytes as Latin-1; names are UTF-8. */
function headersOf({ rawHeaders }: IncomingMessage, name: string): readonly string[] {
  const wanted = name.toLowerCase();
  return rawHeaders
    .filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === wanted)
    .map((value) => Buffer.from(value, 'latin1').toString('utf8'));
}

function refused(status: 401 | 403, reason: string): Visitor {
  return { kind: 'refused', status, reason };
}
