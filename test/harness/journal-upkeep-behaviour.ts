import { describe, expect, test } from 'vitest';
import { instancesAt } from '../../src/journal/queries/health.ts';
import { decisionCounts } from '../../src/journal/queries/overview.ts';
import { recordOf } from '../../src/journal/store/body.ts';
import { pseudonym } from '../../src/journal/store/pseudonym.ts';
import { dayMs } from '../../src/journal/store/schema.ts';
import { expectAgreement } from './journal-agreement.ts';
import { at, day, type StoreFixture } from './journal-fixture.ts';
import { lines, noon, record } from './journal-lines.ts';
import { weekOfRecords } from './journal-week.ts';

/** Tests of retention, the audit log and personal data that every store of the journal has to pass. */
export function describeUpkeep({ name, open }: StoreFixture): void {
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

    test('that was erased does not come back with the audit log', async () => {
      const store = await open();
      await store.insert(lines(record(1, { user: jane })));
      await store.erase('jane');
      const event = {
        review: 'uid-a-1',
        auditId: 'x',
        sourceIps: ['10.0.0.7'],
        userAgent: 'curl',
        impersonator: 'joe',
      };
      expect(await store.joinAudits([event])).toEqual({ joined: 1, duplicates: 0, unmatched: 0 });
      expect(await store.db.selectFrom('audits').selectAll().executeTakeFirst()).toMatchObject({
        ...{ audit_id: 'x', source_ips: null, user_agent: null, impersonator: null },
      });
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
}
