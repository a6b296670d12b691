import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

// What pages tell the reader to type, where a test that types it would need more than an API server.

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (file: string) => readFileSync(root + file, 'utf8');
const pages = [
  'README.md',
  'charts/pratique/README.md',
  'charts/pratique/templates/NOTES.txt',
  ...readdirSync(`${root}docs`, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
];
/** With the lines that a backslash joins as one. */
const textOf = (file: string) => read(file).replaceAll(/ *\\\n */g, ' ');
const linesWith = (pattern: RegExp) =>
  pages.flatMap((file) =>
    textOf(file)
      .split('\n')
      .filter((line) => pattern.test(line))
      .map((line) => `${file}: ${line.trim()}`),
  );

describe('kubectl logs', () => {
  const commands = linesWith(/kubectl\b[^`|]* logs /);

  test('with --all-pods is for eyes only: it puts a prefix before each line, whatever --prefix says', () => {
    const prefixed = commands.filter((line) => line.includes('--all-pods'));
    expect(prefixed.length).toBeGreaterThan(1);
    expect(prefixed.filter((line) => !/--all-pods \| grep [^|>]*$/.test(line))).toEqual([]);
  });

  test('by a selector shows whole logs, of the webhook alone', () => {
    const selected = commands.filter((line) => / (-l|--selector)[ =]/.test(line));
    const whole = /app\.kubernetes\.io\/component=webhook .*--tail=-1/;
    expect(selected.length).toBeGreaterThan(1);
    expect(selected.filter((line) => !whole.test(line))).toEqual([]);
  });
});

test('helm install says where the image is, or has a file that says it', () => {
  const commands = linesWith(/^\s*helm install pratique /);
  expect(commands.length).toBeGreaterThan(3);
  expect(commands.filter((line) => !/image\.repository=|--values=values\.yaml/.test(line))).toEqual([]);
});

test('docs/install.md builds the image under the tag that the chart asks for', () => {
  const { version } = JSON.parse(read('package.json')) as { readonly version: string };
  const tags = [...read('docs/install.md').matchAll(/^docker .*\/pratique:(\S+)/gm)].map(([, tag]) => tag);
  expect(tags).toEqual([version, version]);
});

test.each(['check', 'scan', 'doctor', 'rollout'])('docs/%s.md tells where the command is from', (page) => {
  expect(read(`docs/${page}.md`)).toContain('](../README.md#the-command)');
  expect(read('README.md')).toContain('\n## The command\n');
});
