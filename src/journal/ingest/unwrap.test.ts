import { describe, expect, test } from 'vitest';
import { unwrapper } from './unwrap.ts';

const line = '{"v":1,"seq":7}';
const cri = (text: string, tag = 'F') => `2026-11-22T12:00:00.123456789Z stdout ${tag} ${text}`;
const docker = (log: string) => JSON.stringify({ log, stream: 'stdout', time: '2026-11-22T12:00:00.1Z' });

describe('a line is found', () => {
  test.each([
    ['bare', line],
    ["behind containerd's prefix", cri(line)],
    ['behind a prefix with an offset', `2026-11-22T13:00:00+01:00 stderr F ${line}`],
    ["in Docker's json-file", docker(`${line}\n`)],
    ['in what Fluent Bit sends', JSON.stringify({ date: 1, log: line, kubernetes: { pod_name: 'p' } })],
    ["in what Fluent Bit sends of containerd's lines", JSON.stringify({ log: cri(line), stream: 'stdout' })],
    ['in `message`', JSON.stringify({ '@timestamp': 'x', message: line })],
    ['parsed already, in `log`', JSON.stringify({ date: 1, log: { v: 1, seq: 7 } })],
  ])('%s', (_name, text) => {
    expect(unwrapper()(text)).toEqual({ kind: 'line', value: { v: 1, seq: 7 }, text: line });
  });

  test('that was cut, each stream on its own', () => {
    const unwrap = unwrapper();
    expect(unwrap(cri('{"v":1,', 'P')).kind).toBe('piece');
    expect(unwrap('2026-11-22T12:00:00Z stderr F {"level":"info"}')).toMatchObject({ value: { level: 'info' } });
    expect(unwrap(cri('"seq"', 'P')).kind).toBe('piece');
    expect(unwrap(cri(':7}'))).toMatchObject({ kind: 'line', text: line });
    expect(unwrap(docker('{"v":1,')).kind).toBe('piece');
    expect(unwrap(docker('"seq":7}\n'))).toMatchObject({ kind: 'line', text: line });
    expect(unwrap(line)).toMatchObject({ kind: 'line', text: line });
  });
});

describe('what is no line of ours', () => {
  test.each([
    ['is no JSON', 'panic: something'],
    ['is no JSON', cri('plain text')],
    ['is no JSON object', '[1]'],
    ['is wrapped too often', wrapped(6)],
  ])('%s', (reason, text) => {
    expect(unwrapper()(text)).toEqual({ kind: 'problem', reason });
  });

  test('is empty', () => {
    for (const text of ['', '  ', cri(''), docker('\n')]) expect(unwrapper()(text)).toEqual({ kind: 'empty' });
  });

  test('keeps its own fields `log` and `message` when it is one of ours', () => {
    for (const text of [
      '{"v":1,"message":"x"}',
      '{"level":"info","msg":"m","log":"x"}',
      '{"kind":"Event","message":"x"}',
    ]) {
      expect(unwrapper()(text)).toMatchObject({ kind: 'line', text });
    }
  });

  test('is not kept for ever in the hope of its end', () => {
    const unwrap = unwrapper();
    for (let piece = 0; piece < 100; piece++) unwrap(cri('x'.repeat(100_000), 'P'));
    expect(unwrap(cri('end'))).toEqual({ kind: 'problem', reason: 'is no JSON' });
    expect(unwrap(cri(line))).toMatchObject({ kind: 'line', text: line });
  });
});

function wrapped(times: number): string {
  let text = line;
  for (let time = 0; time < times; time++) text = JSON.stringify({ log: text });
  return text;
}
