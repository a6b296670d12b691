import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runProcess, type TemporaryFolder, temporaryFolder } from '../harness/processes.ts';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** How a shell is asked what it would propose for the last of some words, without a terminal. */
interface Shell {
  readonly name: 'bash' | 'zsh' | 'fish';
  readonly flags: readonly string[];
  script(words: readonly string[]): string;
}

const quote = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;

const shells: readonly Shell[] = [
  {
    name: 'bash',
    flags: ['--norc', '-c'],
    // compopt works in a completion only: a function in its place tells of the files that the shell would complete.
    script: (words) => `
      compopt() { [[ $1 == -o ]] && echo FILES; return 0; }
      source <(pratique completion bash)
      complete -p pratique >/dev/null || exit 1
      COMP_WORDS=(pratique ${words.map(quote).join(' ')})
      COMP_CWORD=${words.length}
      _pratique
      printf '%s\\n' "\${COMPREPLY[@]}"`,
  },
  {
    name: 'zsh',
    flags: ['-f', '-c'],
    // The functions of zsh's own completion need a terminal: these print what they are given.
    script: (words) => `
      compdef() { [[ $* == '_pratique pratique' ]] || exit 1 }
      _describe() { print -rl -- "\${values[@]%%:*}" }
      _files() { print FILES }
      source <(pratique completion zsh)
      words=(pratique ${words.map(quote).join(' ')})
      CURRENT=$#words
      _pratique || true`,
  },
  {
    name: 'fish',
    flags: ['--no-config', '-c'],
    script: (words) => `
      pratique completion fish | source
      complete -C ${quote(`pratique ${words.join(' ')}`)}`,
  },
];

/** bash is asked for; the others are tried where they are installed. */
const installed: Shell[] = [];
for (const shell of shells) {
  const { code } = await runProcess('sh', ['-c', `command -v ${shell.name}`]);
  if (code === 0 || shell.name === 'bash') installed.push(shell);
  else console.warn(`${shell.name} is not installed: its completion is not tried.`);
}

let temporary: TemporaryFolder;
let path: string;
beforeAll(async () => {
  temporary = await temporaryFolder('pratique-completion-');
  const folder = join(temporary.path, 'bin');
  await mkdir(folder);
  // What the other two answer by a function in place of their own, fish finds.
  await writeFile(join(temporary.path, 'FILES'), '');
  await writeFile(join(folder, 'pratique'), `#!/bin/sh\nexec ${quote(process.execPath)} ${quote(main)} "$@"\n`);
  await chmod(join(folder, 'pratique'), 0o755);
  path = `${folder}${delimiter}${process.env['PATH'] ?? ''}`;
});
afterAll(() => temporary.remove());

describe.each(installed)('$name', ({ name, flags, script }) => {
  async function proposed(...words: readonly string[]): Promise<readonly string[]> {
    const options = { cwd: temporary.path, env: { PATH: path, HOME: temporary.path, TERM: 'dumb' } };
    const { code, stdout, stderr } = await runProcess(name, [...flags, script(words)], options);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout
      .split('\n')
      .flatMap((line) => line.split('\t')[0] || [])
      .toSorted();
  }

  test('completes commands', async () => {
    expect(await proposed('')).toEqual(expect.arrayContaining(['config', 'explain', 'serve']));
    expect(await proposed('config', 'va')).toEqual(['validate']);
  });

  test('completes checks', async () => {
    expect(await proposed('explain', 'privil')).toEqual(['privilege-escalation', 'privileged']);
    expect(await proposed('explain', 'pratique')).toEqual([]);
  });

  test('completes flags and their values', async () => {
    expect(await proposed('serve', '--tls-k')).toEqual(['--tls-key-file']);
    expect(await proposed('explain', '--format', '')).toEqual(['json', 'markdown', 'text']);
    // bash breaks words at the sign.
    const broken = name === 'bash';
    const words = broken ? ['--format', '=', 'm'] : ['--format=m'];
    expect(await proposed('explain', ...words)).toEqual([broken ? 'markdown' : '--format=markdown']);
  });

  test('leaves files to the shell', async () => {
    expect(await proposed('config', 'validate', 'FI')).toEqual(['FILES']);
    expect(await proposed('serve', '--config', 'FI')).toEqual(['FILES']);
  });
});

test('a shell that there is no script for is an error', async () => {
  const { code, stdout, stderr } = await runProcess(process.execPath, [main, 'completion', 'tcsh']);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('bash|zsh|fish');
});
