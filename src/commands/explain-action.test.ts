import { buildApplication, buildRouteMap, run } from '@stricli/core';
import { afterEach, describe, expect, test } from 'vitest';
import { checks } from '../checks/registry.ts';
import { explainCommand } from './explain.ts';
import { runExplain } from './explain-action.ts';

const ids = checks.map(({ id }) => id);

describe.each(checks.map((check) => ({ id: check.id, check })))('$id', ({ id, check }) => {
  test('is explained as text that fits into a terminal, with nothing of Markdown but code', () => {
    const { exitCode, stdout, stderr } = runExplain(id, { format: 'text', width: 80 });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const words = stdout.replaceAll(/\s+/g, ' ');
    for (const told of [check.title, check.why, check.remedy, check.gitlab ?? check.remedy]) {
      expect(words).toContain(told.replaceAll(/\s+/g, ' '));
    }
    // YAML is shown as it is, and so is a word that is longer than a line.
    const { before, after, given, configuration } = JSON.parse(
      runExplain(id, { format: 'json', width: 80 }).stdout,
    ).examples;
    const yaml = new Set(
      [before, after, given, configuration]
        .join('\n')
        .split('\n')
        .map((line) => `    ${line}`),
    );
    const long = stdout.split('\n').filter((line) => line.length > 80 && !yaml.has(line));
    expect(long.filter((line) => line.replace(/^ *(?:- )?/, '').includes(' '))).toEqual([]);
    expect(stdout).not.toMatch(/^#|^```|\]\(/m);
  });

  test('is explained as a page with the same words', () => {
    const { exitCode, stdout } = runExplain(id, { format: 'markdown', width: 80 });
    expect(exitCode).toBe(0);
    expect(stdout.startsWith(`# ${id}\n\n${check.title}. Severity: ${check.severity}.`)).toBe(true);
    expect(stdout).toContain('\n## What to do instead\n');
  });

  test('is explained as JSON, which holds what the check itself says', () => {
    const { exitCode, stdout } = runExplain(id, { format: 'json', width: 80 });
    expect(exitCode).toBe(0);
    const { severity, title, why, remedy, restricts } = check;
    expect(JSON.parse(stdout)).toMatchObject({ id, title, severity, why, remedy, restricts });
    expect(JSON.parse(stdout).gitlab).toBe(check.gitlab);
  });
});

test('without a check, all are listed with a line each', () => {
  const { exitCode, stdout } = runExplain(undefined, { format: 'text', width: 80 });
  const lines = stdout.split('\n').slice(0, -1);
  expect({ exitCode, named: lines.map((line) => line.split(' ')[0]) }).toEqual({ exitCode: 0, named: ids });
  for (const [index, { severity, title }] of checks.entries()) {
    expect(lines[index]?.split(/ {2,}/).slice(1)).toEqual([severity, title]);
  }
});

test('without a check, Markdown is a table and JSON is everything', () => {
  const table = runExplain(undefined, { format: 'markdown', width: 80 }).stdout;
  expect([...table.matchAll(/^\| \[`([^`]+)`\]/gm)].map(([, id]) => id)).toEqual(ids);
  const all = JSON.parse(runExplain(undefined, { format: 'json', width: 80 }).stdout) as readonly { id: string }[];
  expect(all.map(({ id }) => id)).toEqual(ids);
  const [first] = ids;
  expect(all[0]).toEqual(JSON.parse(runExplain(first, { format: 'json', width: 80 }).stdout));
});

test.each([
  ['privilegd', 'No check is called "privilegd". Did you mean `privileged`?\n'],
  ['HOST-PID', 'No check is called "HOST-PID". Did you mean `host-pid`?\n'],
  ['\u001b[2J', 'No check is called "\\u001b[2J". `pratique explain` lists all checks.\n'],
  ['constructor', 'No check is called "constructor". `pratique explain` lists all checks.\n'],
])('an unknown check, %j, is an error that says what may be meant', (id, stderr) => {
  for (const format of ['text', 'markdown', 'json'] as const) {
    expect(runExplain(id, { format, width: 80 })).toEqual({ exitCode: 2, stdout: '', stderr });
  }
});

describe('the command', () => {
  const before = process.exitCode;
  afterEach(() => {
    process.exitCode = before;
  });

  async function explained(args: readonly string[], columns?: number) {
    const written = { stdout: '', stderr: '' };
    const stream = (name: 'stdout' | 'stderr') => ({
      write: (text: string) => {
        written[name] += text;
      },
      getColorDepth: () => 1,
      ...(columns === undefined ? {} : { columns }),
    });
    const routes = buildRouteMap({ routes: { explain: explainCommand }, docs: { brief: 'Test' } });
    process.exitCode = undefined;
    await run(buildApplication(routes, { name: 'pratique' }), ['explain', ...args], {
      process: { stdout: stream('stdout'), stderr: stream('stderr') },
    });
    return { ...written, exitCode: process.exitCode };
  }

  test.each([
    [undefined, 80],
    [60, 60],
    [200, 100],
  ])('in a terminal of %s columns, lines have up to %i', async (columns, width) => {
    const { stdout, exitCode } = await explained(['privileged'], columns);
    expect(exitCode).toBe(0);
    const widest = Math.max(...stdout.split('\n').map((line) => line.length));
    expect(widest).toBeLessThanOrEqual(width);
    expect(widest).toBeGreaterThan(width - 15);
  });

  test('an unknown check ends it with 2', async () => {
    const { stdout, stderr, exitCode } = await explained(['privilegd']);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    expect(stderr).toContain('`privileged`');
  });

  test('its help says what there is to write', async () => {
    const { stdout } = await explained(['--help']);
    for (const usage of [
      'pratique explain host-path-protected',
      '--format markdown',
      'text|markdown|json',
      '[check]',
    ]) {
      expect(stdout).toContain(usage);
    }
  });
});
