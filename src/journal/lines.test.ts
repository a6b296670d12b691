import { describe, expect, test } from 'vitest';
import { configuration, heartbeat, record } from '../../test/harness/journal-lines.ts';
import { configurationLineLimit, parseLine } from './lines.ts';

const good = record(7);
const beat = heartbeat().line;
const document = configuration().line;

const parse = (value: unknown) => parseLine(JSON.stringify(value));

function reasonOf(value: unknown): string {
  const parsed = typeof value === 'string' ? parseLine(value) : parse(value);
  if (parsed.kind !== 'problem') throw new Error(`It was taken as a ${parsed.kind}.`);
  return parsed.reason;
}

describe('a line that is taken', () => {
  test('is a record, a heartbeat or a configuration, as it was sent', () => {
    expect(parse(good)).toEqual({ kind: 'record', line: good });
    expect(parse(beat)).toEqual({ kind: 'heartbeat', line: beat });
    expect(parse(document)).toEqual({ kind: 'configuration', line: document });
  });

  test('loses the keys that version 1 does not know', () => {
    const more = { ...good, later: { deep: 1 }, judgements: good.judgements.map((one) => ({ ...one, later: 1 })) };
    expect(parse(more)).toEqual({ kind: 'record', line: good });
  });

  test('loses unprintable characters, in the keys of a configuration too', () => {
    const hostile = 'a\u0000\u001b[2J\u202eb\ud800';
    const clean = 'a\ufffd\ufffd[2J\ufffdb\ufffd';
    expect(parse({ ...good, name: hostile })).toMatchObject({ line: { name: clean } });
    expect(parse({ ...document, document: { [hostile]: [hostile] } })).toMatchObject({
      line: { document: { [clean]: [clean] } },
    });
  });
});

describe('a line that is refused', () => {
  test.each([
    ['is no JSON', '{"v":1'],
    ['is no JSON', ''],
    ['is no JSON', '['.repeat(400_000)],
    ['is no JSON object', '[]'],
    ['is no JSON object', 'null'],
    ['has no version `v`', { seq: 1 }],
    ['has a version `v` other than 1, which this program does not know', { ...good, v: 2 }],
    ['has a version `v` other than 1, which this program does not know', { ...good, v: '1' }],
    ['has a `kind` that this program does not know', { ...good, kind: 'other' }],
    ['has a `kind` that this program does not know', { ...good, kind: null }],
    ['has a key `__proto__`', '{"v":1,"kind":"configuration","document":{"a":[{"__proto__":{"x":1}}]}}'],
    ['has a key `__proto__`', '{"__proto__":{"v":1},"v":1}'],
    [
      'is nested deeper than 32 levels',
      `{"v":1,"kind":"configuration","document":${'{"a":'.repeat(40)}1${'}'.repeat(41)}`,
    ],
  ])('%s: %o', (reason, line) => {
    expect(reasonOf(line)).toBe(reason);
  });

  test.each([
    ['seq', { seq: 0 }],
    ['seq', { seq: 1.5 }],
    ['seq', { seq: 2 ** 53 }],
    ['ts', { ts: '2026-11-22' }],
    ['ts', { ts: '2026-11-22T12:00:00Z' }],
    ['ts', { ts: '2026-02-30T12:00:00.000Z' }],
    ['ts', { ts: '+12026-11-22T12:00:00.000Z' }],
    ['instance', { instance: '' }],
    ['instance', { instance: 'x'.repeat(321) }],
    ['decision', { decision: 'perhaps' }],
    ['decision', { decision: 'constructor' }],
    ['configHash', { configHash: '<script>' }],
    ['durationMs', { durationMs: -1 }],
    ['bytes', { bytes: null }],
    ['user.groups', { user: { name: 'a', groups: 'b' } }],
    ['judgements.0.check', { judgements: [{ ...good.judgements[0], check: "x' OR 1" }] }],
    ['judgements', { judgements: Array(101).fill({ ...good.judgements[0], pointer: '', place: {} }) }],
    ['images', { images: Array(65).fill('a') }],
    ['owner', { owner: [] }],
  ])('names the field that is wrong: %s', (field, overrides) => {
    expect(reasonOf({ ...good, ...overrides })).toMatch(new RegExp(`^${field.replaceAll('.', '\\.')}: `));
  });

  test('is one byte longer than what lines of its kind may be', () => {
    const longRecord = (name: number) => ({ ...good, name: 'x'.repeat(name) });
    const bare = JSON.stringify(longRecord(0)).length;
    expect(parse(longRecord(16 * 1024 - 1 - bare)).kind).toBe('record');
    expect(reasonOf(longRecord(16 * 1024 - bare))).toBe('is longer than 16384 bytes');
    expect(reasonOf({ ...good, name: 'é'.repeat(8_200) })).toBe('is longer than 16384 bytes');
    const longDocument = (length: number) => ({ ...document, document: { a: 'x'.repeat(length) } });
    expect(parse(longDocument(500_000)).kind).toBe('configuration');
    expect(reasonOf(longDocument(configurationLineLimit))).toBe('is longer than 1048576 bytes');
    expect(reasonOf({ ...beat, version: 'x'.repeat(20_000) })).toBe('is longer than 16384 bytes');
  });

  test('has a reason of at most 200 printable characters, whatever it holds', () => {
    const reason = reasonOf({ ...good, decision: `\u001b[2J${'x'.repeat(5_000)}` });
    expect(reason.length).toBeLessThanOrEqual(200);
    expect(reason).toMatch(/^[\x20-\x7e\u2026\ufffd]+$/);
  });
});
