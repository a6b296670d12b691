import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { Decision } from '../../src/admission/outcome.ts';
import { parseLine } from '../../src/journal/lines.ts';
import { gapsIn, instancesAt } from '../../src/journal/queries/health.ts';
import { byCheck, byNamespace, decisionCounts, decisionsOverTime } from '../../src/journal/queries/overview.ts';
import { recordOf } from '../../src/journal/store/body.ts';
import { pseudonym } from '../../src/journal/store/pseudonym.ts';
import { rollupsOf } from '../../src/journal/store/rollups.ts';
import { dayMs, hourMs } from '../../src/journal/store/schema.ts';
import { withSeqs } from '../../src/journal/store/seq-ranges.ts';
import type { JournalStore, StoreOptions } from '../../src/journal/store/store.ts';
import type { DecisionRecord } from '../../src/record/record.ts';
import { configuration, denied, heartbeat, lines, noon, record } from './journal-lines.ts';
import { weekOfRecords } from './journal-week.ts';

/** A place for a store: empty at first, and what was put there is there when it is opened again. */
export interface StorePlace {
  open(options: StoreOptions): Promise<JournalStore>;
}

const at = (ts: number) => ({ ts: new Date(ts).toISOString() });
const day = { from: noon - dayMs, to: noon + dayMs };

/** Tests that every store of the journal has to pass. `runs` is the number of histories that the property is tried with. */
export function describeStore(name: string, makePlace: () => Promise<StorePlace>, runs: number): void {
  const opened: JournalStore[] = [];
  let now = noon;
  const openAt = async (place: StorePlace, options: StoreOptions = {}) => {
    const store = await place.open({ clock: () => now, ...options });
    opened.push(store);
    return store;
  };
  const open = async (options: StoreOptions = {}) => await openAt(await makePlace(), options);
  afterEach(async () => {
    now = noon;
    await Promise.all(opened.splice(0).map((store) => store.close()));
  });

  describe(`${name}: insertion`, () => {
    test('keeps a record whole, and in columns what is searched for', async () => {
      const store = await open();
      const one = record(1, { exemption: 'agent', warnings: ['é€😀'] });
      expect(await store.insert(lines(one))).toEqual({ stored: 1, duplicates: 0, expired: 0, ahead: 0 });
      const [row] = await store.db.selectFrom('records').selectAll().execute();
      expect(row).toMatchObject({
        ts: noon,
        seq: 1,
        webhook: 'validate',
        dry_run: 0,
        namespace: 'ci',
        name: 'runner-',
        owner: 'Job/build',
        user_name: 'jane',
        decision: 'deny',
        exemption: 'agent',
        duration_ms: 1.25,
      });
      expect(recordOf(row?.body ?? new Uint8Array())).toEqual(one);
      const findings = await store.db.selectFrom('findings').selectAll().execute();
      expect(findings).toMatchObject([
        { check_id: 'privileged', ts: noon, record: row?.id, position: 0, outcome: 'deny' },
      ]);
      const images = await store.db.selectFrom('record_images').select('image').orderBy('image').execute();
      expect(images.map(({ image }) => image)).toEqual(['docker:dind', 'registry.example.com/app:1']);
    });

    test('takes a record once by instance and seq: in a batch, later, with another time, after a restart', async () => {
      const place = await makePlace();
      const store = await openAt(place);
      expect(await store.insert(lines(record(1), record(1), record(2)))).toMatchObject({ stored: 2, duplicates: 1 });
      expect(await store.insert(lines(record(2, at(noon - dayMs)), record(3)))).toMatchObject({
        stored: 1,
        duplicates: 1,
      });
      expect(await store.insert(lines(record(1, { instance: 'b' })))).toMatchObject({ stored: 1, duplicates: 0 });
      await store.close();
      const again = await openAt(place);
      expect(await again.insert(lines(record(3), record(2), record(1)))).toMatchObject({ stored: 0, duplicates: 3 });
      expect(await decisionCounts(again.db, day)).toEqual({ deny: 4 });
    });

    test('takes a record once from writers that send at the same time', async () => {
      const store = await open();
      const all = Array.from({ length: 200 }, (_, index) => record(index + 1, { instance: `i${index % 3}` }));
      const batches = Array.from({ length: 12 }, (_, index) => all.slice((index % 6) * 30, (index % 6) * 30 + 50));
      const answers = await Promise.all(batches.map((batch) => store.insert(lines(...batch))));
      expect(answers.reduce((sum, { stored }) => sum + stored, 0)).toBe(200);
      expect(await decisionCounts(store.db, day)).toEqual({ deny: 200 });
    });

    test('leaves out what is dated more than a day ahead, or is older than what is taken', async () => {
      const store = await open({ maxAge: 7 * dayMs });
      const odd = lines(record(1, at(noon + 2 * dayMs)), record(2, at(noon - 8 * dayMs)), record(3, at(0)), record(4));
      expect(await store.insert(odd)).toEqual({ stored: 1, duplicates: 0, expired: 2, ahead: 1 });
    });

    test('holds texts of any length and script in what is searched by', async () => {
      const store = await open();
      const long = '\u{1F600}'.repeat(1_000);
      const quoted = `'; DROP TABLE records; -- " \\ \${x} {a,b}`;
      const hostile = record(1, { namespace: quoted, user: { name: long, groups: [quoted] }, images: [long, quoted] });
      const parsed = parseLine(JSON.stringify({ ...hostile, name: 'a\u0000b\ud800', __extra: 1 }));
      if (parsed.kind === 'problem') throw new Error(parsed.reason);
      expect(await store.insert([parsed])).toMatchObject({ stored: 1 });
      const [row] = await store.db.selectFrom('records').selectAll().where('namespace', '=', quoted).execute();
      expect(row?.name).toBe('a\ufffdb\ufffd');
      expect(recordOf(row?.body ?? new Uint8Array()).user?.name).toBe(long);
    });

    test('takes an empty batch, and one of a thousand lines', async () => {
      const store = await open();
      expect(await store.insert([])).toMatchObject({ stored: 0 });
      const many = lines(...weekOfRecords({ count: 1_000, end: noon }));
      expect(await store.insert(many)).toMatchObject({ stored: 1_000 });
    });
  });

  describe(`${name}: what replicas tell`, () => {
    test('the newest heartbeat holds, in whatever order they come', async () => {
      const store = await open();
      await store.insert([heartbeat({ ...at(noon - 60_000), seq: 5, dropped: 1 })]);
      await store.insert([
        heartbeat({ ...at(noon), seq: 9, dropped: 2 }),
        heartbeat({ ...at(noon - 120_000), seq: 3 }),
      ]);
      await store.insert([heartbeat({ ...at(noon - 180_000), seq: 1, dropped: 0 })]);
      expect(await instancesAt(store.db, noon)).toMatchObject([
        { name: 'a', lastHeartbeat: noon, dropped: 2, state: 'live' },
      ]);
    });

    test('an instance that fell silent is told from one that ended', async () => {
      const store = await open();
      const early = at(noon - 4 * 60_000);
      await store.insert([
        heartbeat(),
        heartbeat({ ...early, instance: 'silent' }),
        heartbeat({ ...early, instance: 'ended', final: true }),
        ...lines(record(1, { instance: 'logged' })),
      ]);
      const states = (await instancesAt(store.db, noon)).map((one) => [one.name, one.state]);
      expect(Object.fromEntries(states)).toEqual({ a: 'live', silent: 'silent', ended: 'ended', logged: 'unknown' });
    });

    test('a hash is known from all that name it, its document from the line that brings it', async () => {
      const store = await open();
      await store.insert(lines(record(1, at(noon - hourMs))));
      const hashes = () => store.db.selectFrom('configurations').selectAll().execute();
      expect(await hashes()).toEqual([
        { hash: '0123456789ab', first_seen: noon - hourMs, last_seen: noon - hourMs, document: null },
      ]);
      await store.insert([configuration(), heartbeat({ configHash: 'ffffffffffff' })]);
      await store.insert([configuration({ document: { other: true } })]);
      expect(await hashes()).toContainEqual({
        hash: '0123456789ab',
        first_seen: noon - hourMs,
        last_seen: noon,
        document: '{"profiles":{}}',
      });
      expect(await hashes()).toHaveLength(2);
    });
  });

  describe(`${name}: gaps`, () => {
    test('numbers that are missing before, between and after show with their neighbours in time', async () => {
      const store = await open();
      const made = (seq: number) => record(seq, at(noon + seq * 1_000));
      await store.insert(lines(made(3), made(4), made(8)));
      await store.insert([heartbeat({ ...at(noon + 60_000), seq: 10, startedAt: new Date(noon).toISOString() })]);
      expect(await gapsIn(store.db, day, noon + 60_000)).toEqual([
        { instance: 'a', firstSeq: 1, lastSeq: 2, missing: 2, after: noon, before: noon + 3_000 },
        { instance: 'a', firstSeq: 5, lastSeq: 7, missing: 3, after: noon + 4_000, before: noon + 8_000 },
        { instance: 'a', firstSeq: 9, lastSeq: 10, missing: 2, after: noon + 8_000, before: noon + 60_000 },
      ]);
      expect(await gapsIn(store.db, { from: noon + 4_500, to: noon + 5_000 }, noon + 60_000)).toMatchObject([
        { firstSeq: 5 },
      ]);
      expect(await gapsIn(store.db, { from: noon - dayMs, to: noon }, noon + 60_000)).toEqual([]);
    });

    test('what comes late closes them; what a live instance still has to send is none', async () => {
      const store = await open();
      await store.insert([...lines(record(1), record(4)), heartbeat({ seq: 6, queued: 2 })]);
      expect(await gapsIn(store.db, day, noon)).toMatchObject([{ firstSeq: 2, lastSeq: 3 }]);
      expect(await gapsIn(store.db, day, noon + 10 * 60_000)).toHaveLength(2);
      await store.insert(lines(record(6), record(3), record(2), record(5)));
      expect(await gapsIn(store.db, day, noon)).toEqual([]);
      expect(await store.db.selectFrom('seq_ranges').select(['first_seq', 'last_seq']).execute()).toEqual([
        { first_seq: 1, last_seq: 6 },
      ]);
    });
  });

  describe(`${name}: counts`, () => {
    test('per hour, per day, by check and by namespace', async () => {
      const store = await open();
      const lowered = { ...denied, outcome: 'warn', because: 'mode' } as const;
      await store.insert(
        lines(
          record(1, { judgements: [denied, { ...denied, place: { container: 'b' } }] }),
          record(2, { ...at(noon - 2 * hourMs), decision: 'would-deny', judgements: [lowered], namespace: null }),
          record(3, { ...at(noon - dayMs), decision: 'patch', webhook: 'mutate', judgements: [] }),
        ),
      );
      const hourly = await decisionsOverTime(store.db, day, 'hour');
      expect(hourly.map((bucket) => [bucket.at - noon, bucket.decision, bucket.n])).toEqual([
        [-dayMs, 'patch', 1],
        [-2 * hourMs, 'would-deny', 1],
        [0, 'deny', 1],
      ]);
      const daily = await decisionsOverTime(store.db, day, 'day');
      expect(daily.map((bucket) => (bucket.at - noon) / hourMs)).toEqual([-36, -12, -12]);
      expect(await byCheck(store.db, day)).toEqual([
        { name: 'privileged', total: 2, outcomes: { deny: 1, 'would-deny': 1 } },
      ]);
      expect(await byNamespace(store.db, day)).toEqual([
        { name: 'ci', total: 2, outcomes: { deny: 1, patch: 1 } },
        { name: '', total: 1, outcomes: { 'would-deny': 1 } },
      ]);
      expect(await decisionCounts(store.db, { from: noon - hourMs, to: noon })).toEqual({});
    });

    test('agree with the records after any batches, doubles, disorder and retention', {
      timeout: 240_000,
    }, async () => {
      const run = fc.asyncProperty(history, async (steps) => {
        now = noon;
        const store = await open();
        for (const step of steps) {
          if (step.kind === 'insert') await store.insert(lines(...step.records));
          else await store.enforceRetention({ maxAge: step.days * dayMs });
        }
        await store.enforceRetention({});
        await expectAgreement(store);
        await opened.pop()?.close();
      });
      await fc.assert(run, { numRuns: runs });
    });
  });

  describe(`${name}: retention`, () => {
    test('removes whole days by age, and takes nothing from before them again', async () => {
      const store = await open();
      const old = [record(1, at(noon - 3 * dayMs)), record(2, at(noon - 2 * dayMs)), record(3, at(noon))];
      await store.insert(lines(...old));
      expect(await store.enforceRetention({ maxAge: 2 * dayMs })).toEqual({ removed: 1, horizon: noon - 2.5 * dayMs });
      expect(await store.insert(lines(...old))).toEqual({ stored: 0, duplicates: 2, expired: 1, ahead: 0 });
      expect(await store.insert(lines(record(9, at(noon - 3 * dayMs))))).toMatchObject({ stored: 0, expired: 1 });
      expect(await decisionCounts(store.db, { from: 0, to: noon + dayMs })).toEqual({ deny: 2 });
      expect(await store.enforceRetention({ maxAge: 20 * dayMs })).toEqual({ removed: 0, horizon: noon - 2.5 * dayMs });
      await expectAgreement(store);
    });

    test('removes the oldest until the rest is small enough, while others insert', async () => {
      const store = await open();
      const records = [...weekOfRecords({ count: 6_000, end: noon })];
      for (let index = 0; index < records.length; index += 1_000)
        await store.insert(lines(...records.slice(index, index + 1_000)));
      const before = await store.size();
      const retaining = store.enforceRetention({ maxBytes: Math.floor(before / 2) });
      const inserting = Promise.all(
        Array.from({ length: 20 }, (_, index) => store.insert(lines(record(index + 1, { instance: 'late' })))),
      );
      const { removed } = await retaining;
      await inserting;
      expect(removed).toBeGreaterThan(2_000);
      expect(await store.size()).toBeLessThan(before * 0.6);
      await expectAgreement(store);
      const late = await store.db.selectFrom('instances').selectAll().where('name', '=', 'late').execute();
      expect(late).toHaveLength(1);
    });

    test('forgets instances, their numbers and configurations of which nothing is left', async () => {
      const store = await open();
      await store.insert(
        lines(record(1, { ...at(noon - 5 * dayMs), instance: 'gone', configHash: 'aaaaaaaaaaaa' }), record(1)),
      );
      await store.enforceRetention({ maxAge: 2 * dayMs });
      expect((await instancesAt(store.db, noon)).map((one) => one.name)).toEqual(['a']);
      expect(await store.db.selectFrom('seq_ranges').select('first_seq').execute()).toHaveLength(1);
      expect(await store.db.selectFrom('configurations').select('hash').execute()).toEqual([{ hash: '0123456789ab' }]);
      expect(await store.db.selectFrom('findings').select('record').execute()).toHaveLength(1);
      expect(await store.db.selectFrom('record_images').select('record').execute()).toHaveLength(2);
    });
  });

  describe(`${name}: the audit log`, () => {
    const event = {
      review: 'uid-a-1',
      auditId: 'audit-1',
      sourceIps: ['10.0.0.7', '10.0.0.1'],
      userAgent: 'kubectl/v1.37.1',
      impersonator: 'admin@example.com',
    };

    test('is joined to its record once, by the uid of the review', async () => {
      const store = await open();
      await store.insert(lines(record(1), record(2)));
      const unknown = { ...event, review: 'uid-a-99' };
      expect(await store.joinAudits([event, unknown])).toEqual({ joined: 1, duplicates: 0, unmatched: 1 });
      expect(await store.joinAudits([event])).toEqual({ joined: 0, duplicates: 1, unmatched: 0 });
      const rows = await store.db
        .selectFrom('audits')
        .innerJoin('records', 'records.id', 'audits.record')
        .select(['records.seq', 'audits.source_ips', 'audits.user_agent', 'audits.impersonator', 'audits.audit_id'])
        .execute();
      expect(rows).toEqual([
        {
          seq: 1,
          source_ips: '10.0.0.7, 10.0.0.1',
          user_agent: 'kubectl/v1.37.1',
          impersonator: 'admin@example.com',
          audit_id: 'audit-1',
        },
      ]);
    });

    test('goes with its record', async () => {
      const store = await open();
      await store.insert(lines(record(1, at(noon - 4 * dayMs))));
      await store.joinAudits([event]);
      await store.enforceRetention({ maxAge: dayMs });
      expect(await store.db.selectFrom('audits').selectAll().execute()).toEqual([]);
    });
  });

  describe(`${name}: personal data`, () => {
    const jane = { name: 'jane', groups: ['developers'] };

    test('of a user is erased from records and audits; counts, other users and numbers stay', async () => {
      const store = await open();
      const own = Array.from({ length: 1_200 }, (_, index) => record(index + 1, { user: jane }));
      await store.insert(lines(...own, record(1, { instance: 'b', user: { name: 'joe', groups: [] } })));
      await store.joinAudits([
        { review: 'uid-a-1', auditId: 'x', sourceIps: ['10.0.0.7'], userAgent: 'kubectl', impersonator: null },
        { review: 'uid-b-1', auditId: 'y', sourceIps: ['10.0.0.8'], userAgent: 'kubectl', impersonator: 'jane' },
      ]);
      const counts = await decisionCounts(store.db, day);
      expect(await store.erase('jane')).toBe(1_200);
      expect(await store.erase('jane')).toBe(0);
      const everything = JSON.stringify([
        (await store.db.selectFrom('records').selectAll().execute()).map((row) => [row, recordOf(row.body)]),
        await store.db.selectFrom('audits').selectAll().execute(),
      ]);
      expect(everything).not.toMatch(/jane|developers|10\.0\.0/);
      expect(everything).toContain('joe');
      expect(await decisionCounts(store.db, day)).toEqual(counts);
      expect(await store.insert(lines(...own))).toMatchObject({ stored: 0, duplicates: 1_200 });
    });

    test('is stored under keyed pseudonyms where a key is given, and is erased by the name', async () => {
      const store = await open({ pseudonymKey: 'a key' });
      const robot = { name: 'system:serviceaccount:ci:runner', groups: [] };
      await store.insert(lines(record(1, { user: jane }), record(2, { user: robot })));
      const rows = await store.db.selectFrom('records').selectAll().orderBy('seq').execute();
      expect(rows.map((row) => row.user_name)).toEqual([pseudonym('jane', 'a key'), robot.name]);
      expect(rows.map((row) => recordOf(row.body).user?.name)).toEqual([pseudonym('jane', 'a key'), robot.name]);
      expect(await store.erase('jane')).toBe(1);
    });
  });

  describe(`${name}: opening`, () => {
    test('for reading only writes nothing', async () => {
      const place = await makePlace();
      await expect(openAt(place, { readOnly: true })).rejects.toMatchObject({ problem: 'absent' });
      await (await openAt(place)).insert(lines(record(1)));
      const reader = await openAt(place, { readOnly: true });
      await expect(reader.insert(lines(record(2)))).rejects.toMatchObject({ problem: 'read-only' });
      await expect(reader.enforceRetention({})).rejects.toMatchObject({ problem: 'read-only' });
      await expect(reader.erase('jane')).rejects.toMatchObject({ problem: 'read-only' });
      expect(await decisionCounts(reader.db, day)).toEqual({ deny: 1 });
    });
  });
}

type Step =
  | { readonly kind: 'insert'; readonly records: readonly DecisionRecord[] }
  | { readonly kind: 'retain'; readonly days: number };

const decision = fc.constantFrom<Decision>('deny', 'would-deny', 'patch', 'exempt', 'allow');
const judgement = fc.record({
  check: fc.constantFrom('privileged', 'host-network', 'dind-image'),
  outcome: fc.constantFrom('deny' as const, 'warn' as const, 'audit' as const, 'ignore' as const),
  because: fc.constantFrom('profile' as const, 'mode' as const, 'exemption' as const, 'inherited' as const),
});

/** The same seq always is the same time, as in a real record; what else it holds may differ, and the first one counts. */
const anyRecord = fc
  .record({
    instance: fc.constantFrom('a', 'b'),
    seq: fc.integer({ min: 1, max: 40 }),
    namespace: fc.constantFrom('ci', 'x', null),
    decision,
    judgements: fc.array(judgement, { maxLength: 3 }),
    images: fc.array(fc.constantFrom('a:1', 'b:2'), { maxLength: 3 }),
  })
  .map(({ judgements, seq, ...rest }) =>
    record(seq, {
      ...rest,
      ...at(noon - seq * 5 * hourMs),
      judgements: judgements.map((one) => ({ ...denied, ...one })),
    }),
  );

const history: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.array(anyRecord, { maxLength: 30 }).map((records) => ({ kind: 'insert' as const, records })),
    },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 9 }).map((days) => ({ kind: 'retain' as const, days })) },
  ),
  { maxLength: 8 },
);

/** What is derived says the same as the bodies of the records. */
async function expectAgreement(store: JournalStore): Promise<void> {
  const rows = await store.db.selectFrom('records').selectAll().orderBy('id').execute();
  const records = rows.map(({ body }) => recordOf(body));
  const rollups = await store.db.selectFrom('rollups').selectAll().execute();
  const key = (row: object) => JSON.stringify(Object.entries(row).sort());
  expect(rollups.map(key).sort()).toEqual(rollupsOf(records).map(key).sort());
  const findings = await store.db.selectFrom('findings').select(['record', 'check_id']).execute();
  expect(findings).toHaveLength(records.reduce((sum, one) => sum + one.judgements.length, 0));
  const images = await store.db.selectFrom('record_images').select(['record', 'image']).execute();
  const expected = rows.flatMap(({ id }, index) =>
    [...new Set(records[index]?.images)].map((image) => ({ record: id, image })),
  );
  expect(images.map(key).sort()).toEqual(expected.map(key).sort());
  const instances = await store.db.selectFrom('instances').select(['id', 'name']).execute();
  for (const { id, name } of instances) {
    const seqs = new Map(records.filter((one) => one.instance === name).map((one) => [one.seq, Date.parse(one.ts)]));
    const ranges = await store.db.selectFrom('seq_ranges').selectAll().where('instance', '=', id).execute();
    // Ranges remember what retention has removed, so they hold all that is there and maybe more.
    const holes = withSeqs([], seqs).added.filter(
      (one) => !ranges.some((range) => range.first_seq <= one.first_seq && one.last_seq <= range.last_seq),
    );
    expect(holes).toEqual([]);
  }
  expect(new Set(rows.map(({ instance, seq }) => `${instance} ${seq}`)).size).toBe(rows.length);
}
