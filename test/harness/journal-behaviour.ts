import { describe, expect, test } from 'vitest';
import { parseLine } from '../../src/journal/lines.ts';
import { gapsIn, instancesAt } from '../../src/journal/queries/health.ts';
import { byCheck, byNamespace, decisionCounts, decisionsOverTime } from '../../src/journal/queries/overview.ts';
import { recordOf } from '../../src/journal/store/body.ts';
import { dayMs, hourMs } from '../../src/journal/store/schema.ts';
import { at, day, type StoreFixture } from './journal-fixture.ts';
import { configuration, denied, heartbeat, lines, noon, record } from './journal-lines.ts';
import { weekOfRecords } from './journal-week.ts';

/** Tests of storing and finding that every store of the journal has to pass. */
export function describeStoring({ name, makePlace, openAt, open }: StoreFixture): void {
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
    test('a clock that is set back hides no number that a heartbeat told of', async () => {
      const store = await open();
      await store.insert([heartbeat({ ...at(noon + 3_600_000), seq: 5 }), heartbeat({ ...at(noon), seq: 7 })]);
      expect(await store.db.selectFrom('instances').select('seq').execute()).toEqual([{ seq: 7 }]);
      await store.insert([heartbeat({ ...at(noon), seq: 9, final: true })]);
      expect(await store.db.selectFrom('instances').select('seq').execute()).toEqual([{ seq: 9 }]);
    });

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

    test('silence is told for seven days, and then it is over', async () => {
      const store = await open();
      const weekAgo = noon - 7 * dayMs;
      await store.insert([
        heartbeat({ ...at(weekAgo), instance: 'silent' }),
        heartbeat({ ...at(weekAgo - 1), instance: 'gone' }),
        heartbeat({ ...at(weekAgo - 1), instance: 'ended', final: true }),
      ]);
      const states = (await instancesAt(store.db, noon)).map((one) => [one.name, one.state]);
      expect(Object.fromEntries(states)).toEqual({ silent: 'silent', gone: 'gone', ended: 'ended' });
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

    test('says whether it made the journal, and makes none for who needs one that is there', async () => {
      const place = await makePlace();
      await expect(openAt(place, { mustExist: true })).rejects.toMatchObject({ problem: 'absent' });
      await expect(openAt(place, { readOnly: true })).rejects.toMatchObject({ problem: 'absent' });
      const made = await openAt(place);
      expect(made.isNew).toBe(true);
      await made.insert(lines(record(1)));
      await made.close();
      const again = await openAt(place, { mustExist: true });
      expect(again.isNew).toBe(false);
      expect(await again.erase('jane')).toBe(1);
    });
  });
}
