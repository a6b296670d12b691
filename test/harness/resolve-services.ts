// For `node --import`: names of Services lead to this machine, since there is no DNS of a cluster.
import dns from 'node:dns';

const original = dns.lookup;
const replaced = (host: string, ...rest: readonly unknown[]): void =>
  Reflect.apply(original, dns, [host.endsWith('.svc') ? '127.0.0.1' : host, ...rest]);
dns.lookup = Object.assign(replaced, original) as typeof dns.lookup;
