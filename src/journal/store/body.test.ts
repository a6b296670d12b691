import { expect, test } from 'vitest';
import { record } from '../../../test/harness/journal-lines.ts';
import { weekOfRecords } from '../../../test/harness/journal-week.ts';
import { bodyOf, recordOf } from './body.ts';

test('a body is the record again, whatever is in it, in a fourth of its length', () => {
  const records = [...weekOfRecords({ count: 500, end: Date.UTC(2026, 10, 22) })];
  const bodies = records.map(bodyOf);
  expect(bodies.map(recordOf)).toEqual(records);
  const sum = (lengths: readonly number[]) => lengths.reduce((total, length) => total + length, 0);
  expect(sum(bodies.map(({ length }) => length)) * 4).toBeLessThan(
    sum(records.map((one) => JSON.stringify(one).length)),
  );
  const odd = record(1, { name: '\u{1F600}é\\"'.repeat(2_000), images: [] });
  expect(recordOf(bodyOf(odd))).toEqual(odd);
});

test('the form of bodies does not change: one that was written once can be read', () => {
  const written =
    '01c3557a181ae12c3d404d2ad442a3343345375117948506ac5c48ce84e7594818102a13a8550c400a1b0a4b81d48ac4dc829c54bde4fc5c' +
    'fdc482022b5050e22f07b212c1790d91b75352cb527340456e314a9ea45d2634343236313533b7b00417c70432e188ce74867a4648b9ce0498eb00';
  expect(recordOf(Buffer.from(written, 'hex'))).toEqual(record(1));
  expect(() => recordOf(Buffer.from('02', 'hex'))).toThrow('has a form that this program does not know');
});
