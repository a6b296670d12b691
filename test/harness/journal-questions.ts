import { afterEach, describe, expect, test } from 'vitest';
import type { Decision } from '../../src/admission/outcome.ts';
import { ask } from '../../src/journal/queries/ask.ts';
import { whatWouldBreak } from '../../src/journal/queries/breaks.ts';
import { questionNames } from '../../src/journal/queries/catalogue.ts';
import { configurationDifference, listConfigurations } from '../../src/journal/queries/configurations.ts';
import { countRecords } from '../../src/journal/queries/counts.ts';
import { csvText } from '../../src/journal/queries/csv.ts';
import { findDecision } from '../../src/journal/queries/decision.ts';
import { exemptionsUsed } from '../../src/journal/queries/exemptions.ts';
import { matchesText } from '../../src/journal/queries/filter.ts';
import { fusePods } from '../../src/journal/queries/fuse.ts';
import type { Parameters } from '../../src/journal/queries/parameters.ts';
import type { RecordFilter } from '../../src/journal/queries/questions.ts';
import { searchDecisions } from '../../src/journal/queries/search.ts';
import { simulate } from '../../src/journal/queries/simulate.ts';
import { slowestReviews } from '../../src/journal/queries/slowest.ts';
import { tableText } from '../../src/journal/queries/text.ts';
import { findingOutcome } from '../../src/journal/store/rollups.ts';
import { dayMs, hourMs } from '../../src/journal/store/schema.ts';
import type { JournalStore } from '../../src/journal/store/store.ts';
import type { DecisionRecord } from '../../src/record/record.ts';
import { configuredFor, documentFor } from './journal-configurations.ts';
import type { StorePlace } from './journal-fixture.ts';
import { configuration, denied, heartbeat, lines, noon, record } from './journal-lines.ts';
import { weekOfRecords } from './journal-week.ts';

const at = (ts: number) => ({ ts: new Date(ts).toISOString() });
const day = { from: noon - dayMs, to: noon + dayMs };
const warned = {
  ...denied,
  check: 'engine-image',
  action: 'warn',
  outcome: 'warn',
  value: 'docker.io/moby/buildkit',
} as const;
const wouldDeny = { ...denied, outcome: 'audit', because: 'mode' } as const;
const exempted = { ...denied, outcome: 'ignore', because: 'exemption', ref: 'agents' } as const;

/** Tests that hold for the questions in every store. */
export function describeQuestions(name: string, makePlace: () => Promise<StorePlace>): void {
  const opened: JournalStore[] = [];
  const open = async (...records: readonly DecisionRecord[]) => {
    const store = await (await makePlace()).open({ clock: () => noon });
    opened.push(store);
    await store.insert(lines(...records));
    return store;
  };
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
  });

  describe(`${name}: search`, () => {
    const records = [...weekOfRecords({ count: 400, end: noon })];
    const week = { from: noon - 7 * dayMs, to: noon };
    const some = records[200];
    const filters: readonly RecordFilter[] = [
      {},
      { user: 'person-1@example.com' },
      { user: 'PERSON-*@example.com' },
      { namespace: 'gitlab' },
      { namespace: 'team-1*' },
      { owner: 'Job/build-*' },
      { image: 'docker:27-dind' },
      { image: '*/team-1/*' },
      { check: 'engine-socket-mount' },
      { exemption: 'agent-1' },
      { exemption: '*' },
      { decisions: ['deny', 'error'] },
      { webhook: 'mutate' },
      { name: 'RUNNER' },
      { configHash: some?.configHash ?? '' },
      { instance: some?.instance ?? '' },
      { namespace: 'gitlab', check: 'privileged', decisions: ['deny'], image: 'docker:*' },
      { namespace: '100%' },
      { namespace: 'team_1' },
    ];

    test('finds what a plain look through all records finds, page by page and back again', async () => {
      const store = await open(...records);
      let found = 0;
      for (const filter of filters) {
        const expected = records
          .filter((one) => isMeant(one, filter))
          .map(keyOf)
          .sort();
        const pages = await allPages(store, filter);
        expect([filter, pages.flat().map(keyOf).sort()]).toEqual([filter, expected]);
        expect(pages.flat()).toEqual(pages.flat().toSorted((a, b) => b.ts - a.ts || b.id - a.id));
        found += expected.length;
      }
      expect(found).toBeGreaterThan(1000);
    });

    /** Walks to the end, then back to the start, and requires the same pages. */
    async function allPages(store: JournalStore, filter: RecordFilter) {
      const pages = [];
      let cursor: string | undefined;
      let back: string | undefined;
      do {
        const page = await searchDecisions(store.db, {
          ...week,
          filter,
          limit: 37,
          ...(cursor === undefined ? {} : { cursor }),
        });
        pages.push(page.rows);
        [cursor, back] = [page.next, page.previous];
      } while (cursor !== undefined);
      for (let index = pages.length - 2; index >= 0; index--) {
        expect(back).toBeDefined();
        const page = await searchDecisions(store.db, {
          ...week,
          filter,
          limit: 37,
          ...(back === undefined ? {} : { cursor: back }),
        });
        expect(page.rows).toEqual(pages[index]);
        back = page.previous;
      }
      expect(back).toBeUndefined();
      return pages;
    }

    test('counts what a plain look through all records counts', async () => {
      const store = await open(...records);
      const counts = await countRecords(store.db, {
        ...week,
        by: ['namespace', 'user'],
        bucket: 'day',
        filter: { decisions: ['deny'] },
        limit: 1000,
      });
      const expected = new Map<string, number>();
      for (const one of records.filter(({ decision }) => decision === 'deny')) {
        const key = JSON.stringify([Math.floor(Date.parse(one.ts) / dayMs) * dayMs, one.namespace, one.user?.name]);
        expected.set(key, (expected.get(key) ?? 0) + 1);
      }
      expect(new Map(counts.rows.map((row) => [JSON.stringify([row.at, ...row.keys]), row.n]))).toEqual(expected);
      expect(counts.more).toBe(false);
    });

    test('counts a record once for each check, whatever its findings', async () => {
      const store = await open(...records);
      const question = {
        ...week,
        by: ['check'],
        bucket: 'none',
        filter: {},
        outcome: 'would-deny',
        limit: 100,
      } as const;
      const { rows } = await countRecords(store.db, question);
      const expected = new Map<string, number>();
      for (const one of records) {
        const checks = one.judgements.filter((judgement) => findingOutcome(judgement) === 'would-deny');
        for (const check of new Set(checks.map((judgement) => judgement.check))) {
          expected.set(check, (expected.get(check) ?? 0) + 1);
        }
      }
      expect(new Map(rows.map((row) => [row.keys[0], row.n]))).toEqual(expected);
      expect(rows.map(({ n }) => n)).toEqual(rows.map(({ n }) => n).toSorted((a, b) => b - a));
      const few = await countRecords(store.db, { ...question, limit: 2 });
      expect([few.rows.length, few.more]).toEqual([2, true]);
    });

    test('counts all records without a key, and none where there are none', async () => {
      const store = await open(...records);
      const question = { ...week, by: [], bucket: 'none', filter: {}, limit: 10 } as const;
      expect((await countRecords(store.db, question)).rows).toEqual([{ at: null, keys: [], n: 400 }]);
      expect((await countRecords(store.db, { ...question, from: 0, to: 1 })).rows).toEqual([]);
    });

    test('lists the slowest reviews, slowest first', async () => {
      const store = await open(...records);
      const slow = records
        .map(({ durationMs }) => durationMs)
        .filter((ms) => ms >= 10)
        .sort((a, b) => b - a);
      const found = await slowestReviews(store.db, { ...week, limit: 5 });
      expect(slow.length).toBeGreaterThan(5);
      expect(found.map(({ durationMs }) => durationMs)).toEqual(slow.slice(0, 5));
    });
  });

  describe(`${name}: every question`, () => {
    const asking = { now: noon + 1, storedName: (user: string) => user };
    const needs: Readonly<Record<string, Parameters>> = {
      decision: { instance: 'a', seq: '1' },
      changes: { old: '0123456789ab', new: '0123456789ab' },
    };

    test('is answered as JSON, and as a table whose rows have a cell for each column', async () => {
      const store = await open(
        record(1),
        record(2, { decision: 'exempt', exemption: 'agents', judgements: [exempted], durationMs: 20 }),
        record(3, { webhook: 'mutate', decision: 'patch', judgements: [] }),
        record(4, { decision: 'would-deny', judgements: [wouldDeny] }),
      );
      await store.insert([heartbeat({ seq: 6 }), configuration({ document: documentFor({}) })]);
      const empty: string[] = [];
      for (const question of questionNames) {
        const { json, table } = await ask(question, store.db, needs[question] ?? {}, asking);
        expect(JSON.parse(JSON.stringify(json))).toEqual(json);
        for (const row of table.rows) expect(row).toHaveLength(table.columns.length);
        if (table.rows.length === 0) empty.push(question);
        expect(csvText(table).split('\r\n')[0]).toBe(table.columns.join(','));
        expect(tableText(table).endsWith('\n')).toBe(true);
      }
      expect(empty).toEqual(['changes']);
    });
  });

  describe(`${name}: one decision`, () => {
    test('is found by each of its names, with its neighbours and what the audit log knows', async () => {
      const series = [1, 2, 3, 4].map((seq) => record(seq, at(noon + seq)));
      const other = record(5, { ...at(noon + 2), namespace: 'web', user: { name: 'otto', groups: [] } });
      const store = await open(...series, other);
      await store.joinAudits([
        { review: 'uid-a-3', auditId: 'x', sourceIps: ['10.0.0.1'], userAgent: 'kubectl', impersonator: null },
      ]);
      const bySeq = await findDecision(store.db, { instance: 'a', seq: 3 });
      expect(bySeq?.record).toEqual(series[2]);
      expect(bySeq?.audit).toEqual({ auditId: 'x', sourceIps: '10.0.0.1', userAgent: 'kubectl', impersonator: null });
      expect(bySeq?.neighbours.owner.after.map(({ seq }) => seq)).toEqual([4]);
      expect(bySeq?.neighbours.owner.before.map(({ seq }) => seq)).toEqual([2, 1]);
      expect(bySeq?.neighbours.user.before.map(({ seq }) => seq)).toEqual([2, 1]);
      expect(await findDecision(store.db, { uid: 'uid-a-3' })).toEqual(bySeq);
      expect(await findDecision(store.db, { id: bySeq?.row.id ?? 0 })).toEqual(bySeq);
    });

    test('is not found where there is none', async () => {
      const store = await open(record(1));
      expect(await findDecision(store.db, { instance: 'a', seq: 2 })).toBeUndefined();
      expect(await findDecision(store.db, { uid: 'nobody' })).toBeUndefined();
      expect(await findDecision(store.db, { id: 99 })).toBeUndefined();
    });
  });

  describe(`${name}: roll-outs`, () => {
    const audit = { default: { mode: 'audit' } };
    const hash = configuredFor(audit).configuration.hash;
    const known = configuration({ configHash: hash, document: documentFor(audit) });
    const base = { configHash: hash, mode: 'audit', decision: 'would-deny', judgements: [wouldDeny] } as const;

    test('say by workload what would break under enforcement, and what cannot be said', async () => {
      const store = await open(
        record(1, { ...base, ...at(noon) }),
        record(2, { ...base, ...at(noon + 5) }),
        record(3, { ...base, owner: null, name: 'lone' }),
        record(4, { ...base, judgements: [warned], decision: 'warn', mode: 'audit' }),
        record(5, { ...base, configHash: 'abc', namespace: 'web' }),
      );
      await store.insert([known, heartbeat({ received: 12, seq: 5 })]);
      const result = await whatWouldBreak(store.db, { ...day, raise: { mode: 'enforce' }, limit: 10 }, noon);
      expect(result.breaks).toMatchObject([
        {
          namespace: 'ci',
          workload: 'Job/build',
          n: 2,
          first: noon,
          last: noon + 5,
          findings: [{ check: 'privileged', n: 2 }],
        },
        { namespace: 'ci', workload: 'pods/lone', n: 1 },
      ]);
      expect(result.coverage).toMatchObject({
        // A warning stays a warning, whatever the mode: it is not read.
        read: 4,
        judged: 3,
        unjudged: [{ reason: 'unknown-configuration', n: 1, workloads: ['web/Job/build'] }],
        notRecorded: { reviews: 12, plain: 7 },
        versions: { '0.1.0': 4 },
        readFrom: null,
      });
    });

    test('say what a check would deny, and that one which was not run is unknown', async () => {
      const store = await open(
        record(1, { ...base, judgements: [{ ...warned, outcome: 'audit', because: 'mode' }], decision: 'warn' }),
      );
      await store.insert([known]);
      const raise = { mode: 'enforce', checks: ['engine-image'] } as const;
      const one = await whatWouldBreak(store.db, { ...day, raise, limit: 10 }, noon);
      expect(one.breaks).toMatchObject([{ n: 1, findings: [{ check: 'engine-image' }] }]);
      const unknown = await whatWouldBreak(
        store.db,
        { ...day, raise: { mode: 'enforce', checks: ['run-as-root'] }, limit: 10 },
        noon,
      );
      expect(unknown.breaks).toEqual([]);
      expect(unknown.coverage.unjudged).toMatchObject([{ reason: 'check-not-run', n: 1 }]);
      const strict = await whatWouldBreak(
        store.db,
        { ...day, raise: { mode: 'enforce', profile: 'strict' }, limit: 10 },
        noon,
      );
      expect(strict.breaks).toMatchObject([{ n: 1, findings: [{ check: 'engine-image' }] }]);
      const nowhere = await whatWouldBreak(store.db, { ...day, raise: { profile: 'nowhere' }, limit: 10 }, noon);
      expect(nowhere.coverage).toMatchObject({ judged: 0, unjudged: [{ reason: 'unknown-configuration' }] });
    });

    test('are simulated: what would newly be denied, and newly admitted, and what nobody can say', async () => {
      const store = await open(
        record(1, base),
        record(2, { ...base, namespace: 'web' }),
        record(3, { ...base, decision: 'error' }),
        record(4, { ...base, namespace: 'web', cut: { judgements: 3 } }),
      );
      await store.insert([known]);
      const next = configuredFor({
        default: { mode: 'enforce' },
        exemptions: [
          {
            name: 'agents',
            namespaces: ['web'],
            allow: { privileged: true },
            owner: 'o',
            reason: 'r',
            expires: '2030-01-01',
          },
        ],
      });
      const result = await simulate(store.db, { ...day, filter: {}, limit: 10 }, next, noon);
      expect(result.newlyDenied).toMatchObject([{ namespace: 'ci', workload: 'Job/build', n: 1 }]);
      expect(result.newlyAdmitted).toEqual([]);
      expect(result.changes).toEqual(
        expect.arrayContaining([
          { from: 'would-deny', to: 'deny', n: 1 },
          { from: 'would-deny', to: 'exempt', n: 1 },
        ]),
      );
      expect(result.coverage.unjudged.map(({ reason }) => reason).sort()).toEqual(['cut', 'error']);
    });

    test('that admit what was denied say so', async () => {
      const enforced = { default: { mode: 'enforce' } };
      const { hash: old } = configuredFor(enforced).configuration;
      const store = await open(record(1, { configHash: old }));
      await store.insert([configuration({ configHash: old, document: documentFor(enforced) })]);
      const result = await simulate(store.db, { ...day, filter: {}, limit: 10 }, configuredFor(audit), noon);
      expect(result.newlyAdmitted).toMatchObject([{ namespace: 'ci', n: 1, findings: [{ check: 'privileged' }] }]);
    });
  });

  describe(`${name}: exemptions and the fuse contract`, () => {
    const exemption = (name: string, expires: string) => ({
      name,
      namespaces: ['agents'],
      allow: { privileged: true },
      owner: 'platform',
      reason: 'agents',
      expires,
    });
    const draft = {
      exemptions: [exemption('agents', '2030-01-01'), exemption('soon', '2026-11-25'), exemption('over', '2026-01-01')],
    };

    test('tell of each exemption what it let through, and when it ends', async () => {
      const { hash } = configuredFor(draft).configuration;
      const use = { configHash: hash, decision: 'exempt', exemption: 'agents', judgements: [exempted] } as const;
      const store = await open(
        record(1, use),
        record(2, { ...use, ...at(noon + 1) }),
        record(3, { ...use, exemption: 'forgotten', judgements: [{ ...exempted, ref: 'forgotten' }] }),
      );
      await store.insert([
        heartbeat({ configHash: hash }),
        configuration({ configHash: hash, document: documentFor(draft) }),
      ]);
      const question = { ...day, now: noon, soon: 7 * dayMs };
      const { exemptions, unknownConfigurations } = await exemptionsUsed(store.db, question);
      expect(exemptions).toMatchObject([
        {
          name: 'agents',
          state: 'in-force',
          used: true,
          n: 2,
          first: noon,
          last: noon + 1,
          owner: 'platform',
          looked: 2,
        },
        { name: 'forgotten', state: 'gone', used: true, n: 1 },
        { name: 'over', state: 'expired', used: false, n: 0, first: null },
        { name: 'soon', state: 'expiring', used: false },
      ]);
      expect(exemptions[0]?.findings).toMatchObject([{ check: 'privileged', container: 'build', n: 2 }]);
      expect(unknownConfigurations).toEqual([]);
      const named = await exemptionsUsed(store.db, { ...question, name: 's*' });
      expect(named.exemptions.map((one) => one.name)).toEqual(['soon']);
    });

    test('tell that a configuration in force is not known', async () => {
      const store = await open(record(1));
      await store.insert([heartbeat()]);
      const result = await exemptionsUsed(store.db, { ...day, now: noon, soon: dayMs });
      expect(result).toEqual({ exemptions: [], unknownConfigurations: ['0123456789ab'] });
    });

    test('list mutated workloads, and labelled pods that were refused', async () => {
      const contract = { ...denied, check: 'fuse-contract', value: 'sandbox:none', place: {} } as const;
      const patched = { webhook: 'mutate', decision: 'patch', judgements: [] } as const;
      const store = await open(
        record(1, { ...patched, ...at(noon) }),
        record(2, { ...patched, ...at(noon + 9) }),
        record(3, { judgements: [contract, contract] }),
        record(4, { judgements: [contract], ...at(noon + 3) }),
        record(5, { judgements: [{ ...contract, outcome: 'ignore', because: 'inherited' }] }),
        record(6),
      );
      const result = await fusePods(store.db, { ...day, limit: 10 });
      expect(result.mutated).toEqual([
        { namespace: 'ci', workload: 'Job/build', decision: 'patch', n: 2, first: noon, last: noon + 9 },
      ]);
      expect(result.refused).toMatchObject([
        {
          workload: 'Job/build',
          check: 'fuse-contract',
          value: 'sandbox:none',
          outcome: 'deny',
          n: 2,
          first: noon,
          last: noon + 3,
        },
      ]);
      expect(result.more).toBe(false);
    });
  });

  describe(`${name}: configurations`, () => {
    test('are listed with what was decided under them, and compared in words', async () => {
      const [before, after] = [{ default: { mode: 'audit' } }, { default: { mode: 'enforce', profile: 'strict' } }];
      const [old, next] = [before, after].map((draft) => configuredFor(draft).configuration.hash);
      const made = (seq: number, configHash: string, decision: Decision, ts: number) =>
        record(seq, { configHash, decision, ...at(ts) });
      const store = await open(
        made(1, old ?? '', 'would-deny', noon - hourMs),
        made(2, old ?? '', 'allow', noon - hourMs),
        made(3, next ?? '', 'deny', noon),
        made(4, 'abc', 'deny', noon - 2 * hourMs),
      );
      await store.insert([
        configuration({ configHash: old ?? '', document: documentFor(before), ...at(noon - hourMs) }),
        configuration({ configHash: next ?? '', document: documentFor(after) }),
        heartbeat({ configHash: next ?? '' }),
      ]);
      expect(await listConfigurations(store.db, day, noon)).toEqual([
        { hash: next, firstSeen: noon, lastSeen: noon, known: true, instances: ['a'], decisions: { deny: 1 } },
        {
          hash: old,
          firstSeen: noon - hourMs,
          lastSeen: noon - hourMs,
          known: true,
          instances: [],
          decisions: { allow: 1, 'would-deny': 1 },
        },
        {
          hash: 'abc',
          firstSeen: noon - 2 * hourMs,
          lastSeen: noon - 2 * hourMs,
          known: false,
          instances: [],
          decisions: { deny: 1 },
        },
      ]);
      const difference = await configurationDifference(store.db, old ?? '', next ?? '');
      expect(difference.changes).toContainEqual({
        subject: 'default',
        text: 'The mode goes from audit to enforce.',
        effect: 'stronger',
      });
      expect((await configurationDifference(store.db, old ?? '', 'abc')).unknown).toEqual(['abc']);
    });
  });
}

function keyOf({ instance, seq }: { readonly instance: string; readonly seq: number }): string {
  return `${instance} ${seq}`;
}

/** A filter as it is described, written once more without SQL. */
function isMeant(one: DecisionRecord, filter: RecordFilter): boolean {
  const text = (value: string | null, pattern: string | undefined) =>
    pattern === undefined || (value !== null && matchesText(value, pattern));
  return (
    text(one.user?.name ?? null, filter.user) &&
    text(one.namespace, filter.namespace) &&
    text(one.owner === null ? null : `${one.owner.kind}/${one.owner.name}`, filter.owner) &&
    text(one.exemption, filter.exemption) &&
    (filter.image === undefined || one.images.some((image) => text(image, filter.image))) &&
    (filter.check === undefined || one.judgements.some(({ check }) => check === filter.check)) &&
    (filter.configHash === undefined || one.configHash === filter.configHash) &&
    (filter.instance === undefined || one.instance === filter.instance) &&
    (filter.webhook === undefined || one.webhook === filter.webhook) &&
    (filter.decisions === undefined || filter.decisions.includes(one.decision)) &&
    (filter.name === undefined ||
      (one.name ?? one.generateName ?? '').toLowerCase().includes(filter.name.toLowerCase()))
  );
}
