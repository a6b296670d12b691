import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type CaCluster, caCluster, caConfigurations, type Fault } from '../../test/harness/ca-cluster.ts';
import { bundleOf, readCaCertificates } from './ca-document.ts';
import type { TlsTimes } from './ca-plan.ts';
import { createCa } from './issue.ts';
import { type Replica, replicaOf } from './replica.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const start = Date.UTC(2026, 0, 1);
const times: TlsTimes = { caLifetime: 300 * day, leafLifetime: 30 * day, overlap: 5 * minute, reconcile: minute };

interface Made {
  readonly replica: Replica;
  readonly changes: string[];
  /** How the next calls go; `none` when there is nothing. */
  readonly faults: Fault[];
  readonly clock: { ahead: number };
}

function made(cluster: CaCluster, before?: (call: string) => Promise<void> | void, spans = times): Made {
  const changes: string[] = [];
  const faults: Fault[] = [];
  const clock = { ahead: 0 };
  const replica = replicaOf({
    store: cluster.store(async (call) => {
      await before?.(call);
      return faults.shift() ?? 'none';
    }),
    configurations: caConfigurations,
    names: ['pratique.pratique.svc'],
    times: spans,
    clock: { now: () => cluster.time + clock.ahead, elapsed: () => cluster.time - start },
    random: () => 0.5,
    onLeaf: () => undefined,
    onChange: (what, fields) => void changes.push(`${what} ${JSON.stringify(fields['changes'] ?? '')}`),
  });
  return { replica, changes, faults, clock };
}

/** Every replica looks, after some time. */
async function elapse(cluster: CaCluster, time: number, ...replicas: readonly Made[]): Promise<void> {
  cluster.time += time;
  for (const { replica } of replicas) await replica.reconcile();
}

const signing = (cluster: CaCluster) => readCaCertificates(cluster.secret()?.data['ca.crt'] ?? '')[0]?.fingerprint;
const trusted = (cluster: CaCluster) =>
  cluster.bundles().map((bundle) => readCaCertificates(bundle).map(({ fingerprint }) => fingerprint));

describe('at the first start', () => {
  test('one replica makes the CA, signs with it and has every caBundle hold it', async () => {
    const cluster = caCluster(start);
    const one = made(cluster);
    await one.replica.reconcile();
    const ca = signing(cluster);
    expect(trusted(cluster)).toEqual([[ca], [ca], [ca], [ca]]);
    expect(one.replica.leaf()?.ca).toBe(ca);
    expect(one.replica.wasTrusted()).toBe(true);
    expect(cluster.writes).toEqual(['create secret', 'patch validating', 'patch mutating']);
    await elapse(cluster, minute, one);
    expect(cluster.writes).toHaveLength(3);
  });

  test('a replica that loses the race takes the CA of the winner', async () => {
    const cluster = caCluster(start);
    const winner = made(cluster);
    let raced: Promise<void> | undefined;
    const { replica: loser } = made(cluster, async (call) => {
      if (call !== 'write secret') return;
      raced ??= winner.replica.reconcile();
      await raced;
    });
    await loser.reconcile();
    expect(loser.leaf()?.ca).toBe(signing(cluster));
    expect(winner.replica.leaf()?.ca).toBe(signing(cluster));
    expect(cluster.writes.filter((write) => write.endsWith('secret'))).toEqual(['create secret']);
  });

  test('a lost answer to the creation changes nothing: the Secret is found at the next look', async () => {
    const cluster = caCluster(start);
    const one = made(cluster);
    one.faults.push('none', 'none', 'none', 'after');
    await expect(one.replica.reconcile()).rejects.toThrow('write secret: connection reset');
    const ca = signing(cluster);
    await elapse(cluster, minute, one);
    expect(signing(cluster)).toBe(ca);
    expect(one.replica.leaf()?.ca).toBe(ca);
  });

  test.for([
    ['missing', undefined],
    ['without webhooks', 0],
  ] as const)('a configuration that is %s is no obstacle', async ([, webhooks]) => {
    const cluster = caCluster(start);
    cluster.setWebhooks('mutating', webhooks);
    const one = made(cluster);
    await one.replica.reconcile();
    expect(one.replica.wasTrusted()).toBe(true);
    expect(cluster.writes).not.toContain('patch mutating');
    expect(one.replica.current().get('validating/pratique')).toBe(true);
    expect(one.replica.current().has('mutating/pratique')).toBe(webhooks !== undefined);
  });

  test('a caBundle that cannot be set keeps it from being trusted, not from signing', async () => {
    const cluster = caCluster(start);
    const one = made(cluster);
    one.faults.push('none', 'none', 'none', 'none', 'before');
    await expect(one.replica.reconcile()).rejects.toThrow('patch validating: no answer');
    expect(one.replica.leaf()).toBeDefined();
    expect(one.replica.wasTrusted()).toBe(false);
    expect(one.replica.current().get('validating/pratique')).toBe(false);
  });
});

describe('a leaf', () => {
  test('is signed anew at two thirds of its life, with or without an API server', async () => {
    const cluster = caCluster(start);
    const one = made(cluster);
    await one.replica.reconcile();
    const first = one.replica.leaf();
    await elapse(cluster, 19 * day, one);
    expect(one.replica.leaf()).toBe(first);
    cluster.time += 2 * day;
    one.faults.push('before', 'before');
    await expect(one.replica.reconcile()).rejects.toThrow('no answer');
    expect(one.replica.leaf()?.issuedAt).toBe(cluster.time);
    expect(one.replica.leaf()?.ca).toBe(first?.ca);
    expect(one.replica.wasTrusted()).toBe(true);
  });

  test('holds an hour of the past, the server purpose, its names, and ends no later than its CA', async () => {
    const cluster = caCluster(start);
    const one = made(cluster);
    await one.replica.reconcile();
    // Nobody can reach the API server for most of the life of the CA.
    cluster.time += 290 * day;
    await one.replica.renew();
    const leaf = new X509Certificate(one.replica.leaf()?.material.cert ?? '');
    const [ca] = readCaCertificates(cluster.secret()?.data['ca.crt'] ?? '');
    expect(leaf.validFromDate.getTime()).toBe(cluster.time - hour);
    expect(leaf.validToDate.getTime()).toBe(ca?.notAfter);
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(leaf.subjectAltName).toBe('DNS:pratique.pratique.svc');
    expect(leaf.checkIssued(new X509Certificate(ca?.pem ?? ''))).toBe(true);
    const last = one.replica.leaf();
    cluster.time += 9 * day;
    await one.replica.renew();
    expect(one.replica.leaf()).toBe(last);
    cluster.time += 2 * day;
    await expect(one.replica.renew()).rejects.toThrow('the CA has expired at');
  });
});

describe('a rotation', () => {
  test('trusts the new CA first, signs with it after the overlap, and drops the old one when no leaf needs it', async () => {
    const cluster = caCluster(start);
    const [one, two] = [made(cluster), made(cluster)];
    await elapse(cluster, 0, one, two);
    const old = signing(cluster);
    await elapse(cluster, 199 * day, one, two);
    expect(trusted(cluster)[0]).toEqual([old]);
    await elapse(cluster, 2 * day, one, two);
    const [first, next] = trusted(cluster)[3] ?? [];
    expect(first).toBe(old);
    expect(next).toBeDefined();
    await elapse(cluster, 4 * minute, one, two);
    expect([one.replica.leaf()?.ca, two.replica.leaf()?.ca]).toEqual([old, old]);
    await elapse(cluster, minute, one, two);
    await elapse(cluster, minute, one, two);
    expect([one.replica.leaf()?.ca, two.replica.leaf()?.ca]).toEqual([next, next]);
    expect(trusted(cluster)).toEqual(Array.from({ length: 4 }, () => [next, old]));
    await elapse(cluster, 59 * day, one, two);
    expect(trusted(cluster)[0]).toEqual([next, old]);
    await elapse(cluster, 2 * day, one, two);
    expect(trusted(cluster)).toEqual(Array.from({ length: 4 }, () => [next]));
  });

  test('comes at two thirds of the life since the CA was made, however short that is', async () => {
    const short = { ...times, caLifetime: 90_000, leafLifetime: 30_000, overlap: 5_000, reconcile: 1_000 };
    const cluster = caCluster(start);
    const one = made(cluster, undefined, short);
    await elapse(cluster, 59_000, one);
    await elapse(cluster, 59_000, one);
    expect(trusted(cluster)[0]).toHaveLength(1);
    await elapse(cluster, 2_000, one);
    expect(trusted(cluster)[0]).toHaveLength(2);
  });

  test('that is asked for by hand happens once', async () => {
    const cluster = caCluster(start);
    const one = made(cluster);
    await elapse(cluster, 0, one);
    const old = signing(cluster);
    cluster.setSecret(cluster.secret()?.data ?? {}, { ...cluster.secret()?.annotations, 'pratique.dev/rotate': 'now' });
    for (let look = 0; look < 12; look++) await elapse(cluster, minute, one);
    expect(trusted(cluster)[0]).toEqual([signing(cluster), old]);
    expect(one.replica.leaf()?.ca).toBe(signing(cluster));
    expect(signing(cluster)).not.toBe(old);
    expect(cluster.secret()?.data['next.key']).toBeUndefined();
  });

  test('waits as long as the new CA is missing in one caBundle', async () => {
    const cluster = caCluster(start);
    const one = made(cluster);
    await elapse(cluster, 0, one);
    const old = signing(cluster);
    await elapse(cluster, 201 * day, one);
    for (let look = 0; look < 10; look++) {
      cluster.setWebhooks('mutating', 1);
      await elapse(cluster, minute, one);
    }
    expect(signing(cluster)).toBe(old);
    for (let look = 0; look < 7; look++) await elapse(cluster, minute, one);
    expect(signing(cluster)).not.toBe(old);
  });

  test('comes late, and at once, after the CA has expired', async () => {
    const cluster = caCluster(start);
    await elapse(cluster, 0, made(cluster));
    const old = signing(cluster);
    const one = made(cluster);
    await elapse(cluster, 400 * day, one);
    expect(signing(cluster)).not.toBe(old);
    expect(trusted(cluster)[0]).toEqual([signing(cluster)]);
    expect(one.replica.leaf()?.ca).toBe(signing(cluster));
  });

  test('is not undone by a replica that was held up since before it', async () => {
    const cluster = caCluster(start);
    const one = made(cluster);
    await elapse(cluster, 0, one);
    const old = signing(cluster);
    cluster.time += 201 * day;
    let held = false;
    // Between what the slow one read and what it writes, the whole rotation happens.
    const slow = made(cluster, async (call) => {
      if (!call.startsWith('patch') || held) return;
      held = true;
      for (let look = 0; look < 8; look++) await elapse(cluster, minute, one);
    });
    // So far behind that it leaves the rotation to the others, and only sets the caBundle to what it read.
    slow.clock.ahead = -2 * hour;
    cluster.setBundles('');
    await expect(slow.replica.reconcile()).rejects.toThrow('minutes behind');
    expect(held).toBe(true);
    expect(trusted(cluster)[0]).toEqual([one.replica.leaf()?.ca, old]);
    const [versions = []] = cluster.history();
    expect(versions.slice(-3).map(({ bundle }) => readCaCertificates(bundle).length)).toEqual([0, 2, 2]);
  });
});

describe('a Secret that is lost', () => {
  test.for([
    ['deleted', (cluster: CaCluster) => cluster.deleteSecret()],
    ['garbage', (cluster: CaCluster) => cluster.setSecret({ 'ca.crt': 'x', 'ca.key': '\u0000', 'next.key': '{}' })],
    ['empty', (cluster: CaCluster) => cluster.setSecret({})],
    [
      'without its key',
      (cluster: CaCluster) => cluster.setSecret({ 'ca.crt': cluster.secret()?.data['ca.crt'] ?? '' }),
    ],
  ] as const)('is put back by whoever remembers it: %s', async ([, lose]) => {
    const cluster = caCluster(start);
    const [one, two] = [made(cluster), made(cluster)];
    await elapse(cluster, 0, one, two);
    const before = cluster.secret()?.data;
    lose(cluster);
    await elapse(cluster, minute, one, two);
    expect(cluster.secret()?.data).toEqual(before);
    expect(cluster.writes.filter((write) => write.startsWith('patch'))).toHaveLength(2);
  });

  test('is waited for by a replica that starts while a CA is in use, and then replaced', async () => {
    const cluster = caCluster(start);
    const one = made(cluster);
    await elapse(cluster, 0, one);
    const old = signing(cluster);
    cluster.deleteSecret();
    const fresh = made(cluster);
    await expect(fresh.replica.reconcile()).rejects.toThrow('another replica may put it back');
    await expect(elapse(cluster, 2 * minute, fresh)).rejects.toThrow('another replica may put it back');
    await elapse(cluster, minute, fresh);
    expect(signing(cluster)).not.toBe(old);
    // What the old one serves is trusted all the same, until it has moved.
    expect(trusted(cluster)[0]).toEqual([signing(cluster), old]);
    await elapse(cluster, minute, one);
    expect(one.replica.leaf()?.ca).toBe(old);
    for (let look = 0; look < 6; look++) await elapse(cluster, minute, one, fresh);
    expect(one.replica.leaf()?.ca).toBe(signing(cluster));
  });

  test('is replaced at once where no CA is in use', async () => {
    const cluster = caCluster(start);
    cluster.setSecret({ 'ca.crt': 'garbage' });
    const one = made(cluster);
    await elapse(cluster, 0, one);
    expect(one.replica.wasTrusted()).toBe(true);
  });

  test('takes up the CA of a leaf in use again when somebody put another one in its place', async () => {
    const cluster = caCluster(start);
    const one = made(cluster);
    await elapse(cluster, 0, one);
    const old = signing(cluster);
    const other = await createCa(start, 300 * day);
    cluster.setSecret({ 'ca.crt': other.certificate.pem, 'ca.key': other.key });
    await elapse(cluster, minute, one);
    expect(trusted(cluster)[0]).toEqual([other.certificate.fingerprint, old]);
    expect(one.replica.leaf()?.ca).toBe(old);
    for (let look = 0; look < 6; look++) await elapse(cluster, minute, one);
    expect(one.replica.leaf()?.ca).toBe(other.certificate.fingerprint);
  });
});

describe('a caBundle', () => {
  test.for([
    ['wiped', ''],
    ['garbage', 'no certificate'],
  ] as const)('that is %s is set again, while the leaf stays', async ([, bundle]) => {
    const cluster = caCluster(start);
    const one = made(cluster);
    await elapse(cluster, 0, one);
    const leaf = one.replica.leaf();
    cluster.setBundles(bundle);
    await elapse(cluster, minute, one);
    const document = one.replica.document();
    if (document === undefined) throw new Error('no document');
    expect(cluster.bundles()).toEqual(Array.from({ length: 4 }, () => bundleOf(document)));
    expect(one.replica.leaf()).toBe(leaf);
    expect(one.replica.repairs().get('mutating/pratique')).toBe(2);
  });
});

describe('a clock that is wrong', () => {
  test('keeps a replica from making or signing anything, with a clear problem', async () => {
    const cluster = caCluster(start);
    const one = made(cluster);
    one.clock.ahead = 3 * hour;
    await expect(one.replica.reconcile()).rejects.toThrow("clock is 180 minutes ahead of the API server's");
    expect(cluster.writes).toEqual([]);
    await elapse(cluster, 0, made(cluster));
    await expect(one.replica.reconcile()).rejects.toThrow('no certificate can be signed');
    one.clock.ahead = -3 * hour;
    await expect(one.replica.reconcile()).rejects.toThrow('180 minutes behind');
    one.clock.ahead = 10 * minute;
    await one.replica.reconcile();
    expect(one.replica.wasTrusted()).toBe(true);
  });

  test('by years replaces no CA, and leaves what is served alone', async () => {
    const cluster = caCluster(start);
    const one = made(cluster);
    await elapse(cluster, 0, one);
    const [secret, leaf] = [cluster.secret(), one.replica.leaf()];
    one.clock.ahead = 2000 * day;
    await expect(elapse(cluster, minute, one)).rejects.toThrow('minutes ahead of');
    expect(cluster.secret()).toBe(secret);
    expect(one.replica.leaf()).toBe(leaf);
  });
});

test('a replica that others always outrun gives up after a few attempts, and tells', async () => {
  const cluster = caCluster(start);
  const one = made(cluster, (call) => {
    if (call.startsWith('patch')) cluster.setBundles('');
  });
  await expect(one.replica.reconcile()).rejects.toThrow('others changed the same objects 5 times in a row');
});

describe('when the Secret is put back from an old backup', () => {
  /** A Secret as it was a year ago, with a CA that nobody trusts any more. */
  async function backup(cluster: CaCluster): Promise<void> {
    const { certificate, key } = await createCa(cluster.time - 10 * day, times.caLifetime);
    const since = new Date(cluster.time - 365 * day).toISOString();
    cluster.setSecret({ 'ca.crt': certificate.pem, 'ca.key': key }, { 'pratique.dev/signing-since': since });
  }

  test('a replica that starts does not take the CA of the others out of the caBundles', async () => {
    const cluster = caCluster(start);
    const old = made(cluster);
    await old.replica.reconcile();
    const served = old.replica.leaf()?.ca;
    await backup(cluster);
    const fresh = made(cluster);
    await elapse(cluster, minute, fresh);
    for (const bundle of trusted(cluster)) expect(bundle).toContain(served);
    expect(trusted(cluster)[0]?.[0]).toBe(signing(cluster));
  });

  test('nor when the CA of the backup is the one before, which is still trusted', async () => {
    const cluster = caCluster(start);
    const old = made(cluster);
    await old.replica.reconcile();
    const before = cluster.secret();
    if (before === undefined) throw new Error('There is no Secret.');
    const { data, annotations } = before;
    cluster.setSecret(data, { ...annotations, 'pratique.dev/rotate': 'now' });
    for (let looks = 0; looks < 12; looks++) await elapse(cluster, minute, old);
    const served = old.replica.leaf()?.ca;
    expect(trusted(cluster)[0]).toEqual([served, readCaCertificates(data['ca.crt'] ?? '')[0]?.fingerprint]);
    cluster.setSecret(data, annotations);
    await elapse(cluster, minute, made(cluster));
    for (const bundle of trusted(cluster)) expect(bundle).toContain(served);
  });

  test('and the caBundles with it, a replica serves what they trust at its next look', async () => {
    const cluster = caCluster(start);
    const old = made(cluster);
    await old.replica.reconcile();
    await elapse(cluster, minute, old);
    await backup(cluster);
    cluster.setBundles(cluster.secret()?.data['ca.crt'] ?? '');
    await elapse(cluster, minute, old);
    expect(old.replica.leaf()?.ca).toBe(signing(cluster));
    expect(trusted(cluster)[0]).toEqual([signing(cluster)]);
  });

  test('who signs with its CA first does not take the one before away from the others', async () => {
    const cluster = caCluster(start);
    const [first, last] = [made(cluster), made(cluster)];
    await elapse(cluster, 0, first, last);
    const served = last.replica.leaf()?.ca;
    await backup(cluster);
    await elapse(cluster, minute, first);
    for (let looks = 0; looks < 8; looks++) await elapse(cluster, minute, first);
    expect(first.replica.leaf()?.ca).toBe(signing(cluster));
    expect(last.replica.leaf()?.ca).toBe(served);
    for (const bundle of trusted(cluster)) expect(bundle).toContain(served);
    await elapse(cluster, 61 * day, first, last);
    await elapse(cluster, 10 * minute, first, last);
    expect(trusted(cluster)[0]).toEqual([signing(cluster)]);
  });
});
