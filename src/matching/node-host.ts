/**
 * Names that nodes have for themselves: /etc/hosts of Debian, Fedora and SUSE, and nss-myhostname(8), which also takes
 * `localhost` as a last label.
 */
const ownNames: ReadonlySet<string> = new Set([
  'localhost',
  'localhost4',
  'localhost6',
  'ip6-localhost',
  'ip6-loopback',
  'ipv6-localhost',
  'ipv6-loopback',
  '_outbound',
]);

/**
 * Says what is wrong with the server that a node is told to mount, or undefined: a clause such as `is the node itself`.
 *
 * An address is read as the node's inet_aton(3) does, with one to four parts, in decimal, octal or hex, which is what
 * the URL Standard does with a host. What is neither a name nor an address is told of, because mount.nfs(8) takes for
 * the server what stands before the first comma or colon.
 *
 * A name that only the network's DNS knows may be the node's too; nobody can tell from here.
 */
export function nodeHostProblem(server: string): string | undefined {
  const host = canonicalHost(server.trim());
  if (host === undefined) return 'is neither the name nor the address of a host';
  return isOwnAddress(host) || host.split('.').some((label) => ownNames.has(label)) ? 'is the node itself' : undefined;
}

/** Writes a host as a URL has it: `127.0.0.1`, `[::1]`, a name in lower case. */
function canonicalHost(server: string): string | undefined {
  const hasBrackets = server.startsWith('[') && server.endsWith(']');
  const [host = '', zone] = (hasBrackets ? server.slice(1, -1) : server).split('%', 2);
  const isSix = /^[\da-f:.]+$/i.test(host) && host.includes(':');
  if (!isSix && (hasBrackets || zone !== undefined || !/^[\w.-]+$/.test(host))) return undefined;
  return URL.parse(isSix ? `http://[${host}]/` : `http://${host}/`)?.hostname;
}

/** The loopback and the unspecified address, which leads there: of IPv4, of IPv6, and of IPv4 within IPv6. */
function isOwnAddress(host: string): boolean {
  return (
    /^(?:127|0)(?:\.\d+){3}$/.test(host) ||
    /^\[::1?\]$/.test(host) ||
    /^\[::ffff:(?:7f[\da-f]{2}|[\da-f]{1,2}):[\da-f]{1,4}\]$/.test(host)
  );
}
