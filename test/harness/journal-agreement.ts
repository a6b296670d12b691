import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Decision } from '../../src/admission/outcome.ts';
import { recordOf } from '../../src/journal/store/body.ts';
import { dayMs, hourMs } from '../../src/journal/store/schema.ts';
import { withSeqs } from '../../src/journal/store/seq-ranges.ts';
import type { JournalStore } from '../../src/journal/store/store.ts';
import type { DecisionRecord } from '../../src/record/record.ts';
import { at, type StoreFixture } from './journal-fixture.ts';
import { denied, lines, noon, record } from './journal-lines.ts';

/** The property that what a store derives agrees with its records; `runs` is the number of histories that it is tried with. */
export function describeAgreement({ name, open }: StoreFixture, runs: number): void {
  test(`${name}: counts, findings and images agree with the records after any batches, doubles, disorder and retention`, {
    timeout: 240_000,
  }, async () => {
    const run = fc.asyncProperty(history, async (steps) => {
      const store = await open();
      for (const step of steps) {
        if (step.kind === 'insert') await store.insert(lines(...step.records));
        else await store.enforceRetention({ maxAge: step.days * dayMs });
      }
      await store.enforceRetention({});
      await expectAgreement(store);
      await store.close();
    });
    await fc.assert(run, { numRuns: runs });
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

/** Expects what is derived to say the same as the bodies of the records. */
export async function expectAgreement(store: JournalStore): Promise<void> {
  const rows = await store.db.selectFrom('records').selectAll().orderBy('id').execute();
  const records = rows.map(({ body }) => recordOf(body));
  const rollups = await store.db.selectFrom('rollups').selectAll().execute();
  const key = (row: object) => JSON.stringify(Object.entries(row).sort());
  expect(rollups.map(key).sort()).toEqual(countsOf(records).map(key).sort());
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

/** The counts per hour, made in the plainest way, and not by what the stores use. */
function countsOf(records: readonly DecisionRecord[]): readonly object[] {
  const facts = records.flatMap((one) => {
    const hour = Math.floor(Date.parse(one.ts) / 3_600_000);
    const ofChecks = one.judgements.map(({ check, action, outcome, because }) => {
      const isOpen = because === 'profile' || because === 'mode' || because === 'template';
      const lowered = action === 'deny' && outcome !== 'deny';
      return { dimension: 'check', hour, name: check, outcome: !isOpen ? because : lowered ? 'would-deny' : outcome };
    });
    return [
      { dimension: 'webhook', hour, name: one.webhook, outcome: one.decision },
      { dimension: 'namespace', hour, name: one.namespace ?? '', outcome: one.decision },
      ...new Map(ofChecks.map((fact) => [JSON.stringify(fact), fact])).values(),
    ];
  });
  const groups = Map.groupBy(facts, (fact) => JSON.stringify(fact));
  return [...groups.values()].map((group) => ({ ...group[0], n: group.length }));
}
