import { readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
const filesIn = (folder: string, ending: string) =>
  readdirSync(new URL(`../../${folder}`, import.meta.url))
    .filter((name) => name.endsWith(ending) && !name.endsWith('.test.ts'))
    .map((name) => `${folder}/${name}`);

const pages = filesIn('docs', '.md').map((file) => ({ file, text: read(file) }));
const helps = filesIn('src/commands', '.ts').map((file) => ({ file, text: read(file) }));
const section = (page: string, title: string) =>
  read(`docs/${page}`)
    .split(/^## /m)
    .find((one) => one.startsWith(`${title}\n`)) ?? '';

/** The commands of the blocks of a page, those over several lines in one. */
const commandsOf = (text: string) =>
  [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
    .filter(([, language = '']) => ['', 'sh'].includes(language))
    .flatMap(([, , block = '']) => block.replaceAll(/\\\n\s*/g, '').split('\n'));
const commands = pages.flatMap(({ text }) => commandsOf(text));

describe('where the docs say the journal is', () => {
  const store = /--store=(\S+)/.exec(read('charts/pratique/templates/_arguments.tpl'))?.[1] ?? '';
  const database = /--postgres-url-file=(\S+\/)\{\{/.exec(read('charts/pratique/templates/_arguments.tpl'))?.[1] ?? '';
  const volume = /- name: store\n\s+mountPath: (\S+)/.exec(read('charts/pratique/templates/journal.yaml'))?.[1] ?? '';

  test('is where the chart keeps it, below the volume', () => {
    expect(dirname(store)).toBe(volume);
    const named = [...pages, ...helps].flatMap(({ file, text }) =>
      [...text.matchAll(/(mountPath: )?(\/var\/lib\/pratique[\w./-]*)/g)].map(([, mount, path = '']) => ({
        file,
        path,
        isRight: mount === undefined ? path.replace(/\.broken$|\/journal\.db$/, '') === store : path === volume,
      })),
    );
    expect(named.length).toBeGreaterThan(15);
    expect(named.filter(({ isRight }) => !isRight)).toEqual([]);
    expect(named.some(({ path }) => path === volume)).toBe(true);
  });

  test('is the file that the chart mounts, with PostgreSQL', () => {
    const named = pages.flatMap(({ text }) => [...text.matchAll(/--postgres-url-file (\/[^\s`]*)/g)]);
    expect(named.length).toBeGreaterThan(2);
    expect(named.filter(([, path]) => path !== `${database}url`)).toEqual([]);
  });

  test('is said in every command that needs it', () => {
    const journal = commands.filter((command) => /\bjournal (?:query|simulate|ingest|erase|backup) \S/.test(command));
    expect(journal.length).toBeGreaterThan(12);
    expect(journal.filter((command) => !/--(?:store|postgres-url-file) \S/.test(command))).toEqual([]);
  });
});

describe('what the docs run in a pod', () => {
  const [, entry = '[]'] = /^ENTRYPOINT (.+)$/m.exec(read('Dockerfile')) ?? [];
  const program = (JSON.parse(entry) as readonly string[]).join(' ');
  const executed = commands.filter((command) => /^kubectl .*\bexec\b/.test(command));

  test('is the program of the image, or its node: there is no shell', () => {
    expect(executed.length).toBeGreaterThan(8);
    const isThere = (command: string) => / -- (.*)$/.exec(command)?.[1]?.startsWith(`${program} journal `);
    expect(executed.filter((command) => isThere(command) !== true && !/ -- node -e '/.test(command))).toEqual([]);
  });

  test('writes to SQLite in a pod of its own only, since the server is the one writer', () => {
    const writes = executed.filter((command) => /journal (?:ingest|erase) --store/.test(command));
    expect(writes).toHaveLength(2);
    expect(writes.filter((command) => !command.includes(' pratique-journal-upkeep -- '))).toEqual([]);
  });
});

test.each(['Unreachable', 'RecordsDropped', 'Gap', 'SilentReplica'])(
  'the alert PratiqueJournal%s leads to the commands in a cluster',
  (alert) => {
    const text = section('runbook.md', `PratiqueJournal${alert}`);
    expect(text).toContain('(journal-store.md#loading-logs-and-erasing)');
    expect(text).not.toMatch(/journal ingest (?!--)/);
  },
);

test('every link to a section of these pages leads to one', () => {
  const anchors = new Map(
    pages.map(({ file, text }) => [file.slice('docs/'.length), [...text.matchAll(/^#+ (.+)$/gm)].map(anchorOf)]),
  );
  const links = pages.flatMap(({ file, text }) =>
    [...text.matchAll(/\]\((journal[\w-]*\.md)?#([\w-]+)\)/g)]
      .filter(([, page]) => page !== undefined || file.startsWith('docs/journal'))
      .map(([, page = file.slice('docs/'.length), anchor = '']) => ({ file, page, anchor })),
  );
  expect(links.length).toBeGreaterThan(12);
  expect(links.filter(({ page, anchor }) => anchors.get(page)?.includes(anchor) !== true)).toEqual([]);
});

function anchorOf([, title = '']: RegExpExecArray): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\w -]/g, '')
    .replaceAll(' ', '-');
}
