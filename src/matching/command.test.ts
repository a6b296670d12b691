import { describe, expect, test } from 'vitest';
import { hostRoots, programs, wrappers } from '../facts/commands.ts';
import { compileCommands, mayStart, programName, startedBy } from './command.ts';
import { mayMention, mentionedBy } from './command-text.ts';

const known = compileCommands(programs, wrappers, hostRoots);

function started(...argv: readonly string[]): readonly string[] {
  return startedBy(known, argv, []).programs.map(({ token, index }) => `${token} at ${index}`);
}

function mentioned(...argv: readonly string[]): readonly string[] {
  return mentionedBy(known, argv, startedBy(known, argv, []), []).map(({ token, index }) => `${token} at ${index}`);
}

test.each([
  ['dockerd', 'dockerd'],
  ['/usr/bin/dockerd', 'dockerd'],
  ['C:\\x\\DockerD.EXE', 'dockerd'],
  ['dockerd.exe', 'dockerd'],
  ['dockerd.bat', 'dockerd.bat'],
  ['dockerexe', 'dockerexe'],
  ['a.exec', 'a.exec'],
])('%s is called %s', (word, name) => {
  expect(programName(word)).toBe(name);
});

describe('the first word leads somewhere', () => {
  test.each(['dockerd', '/usr/bin/dockerd', 'C:\\x\\DOCKERD.EXE', 'sh', 'tini', '$(X)', 'a$(X)'])('%s', (word) => {
    expect(mayStart(known, word, 'x')).toBe(true);
  });

  test.each(['', 'sleep', 'dockerd-x', '/dockerd/x', 'constructor', '-c', 'DOCKERD'])('not %j', (word) => {
    expect(mayStart(known, word, 'x')).toBe(false);
  });

  test('not a shell that has a script', () => {
    expect(mayStart(known, '/bin/sh', '-c')).toBe(false);
    expect(mayStart(known, '/bin/sh', '-x')).toBe(true);
    expect(mayStart(known, 'nsenter', '-c')).toBe(true);
    expect(mayStart(known, 'dockerd', '-c')).toBe(true);
    expect(mayStart(known, 'sh', undefined)).toBe(true);
  });
});

describe('a command line starts', () => {
  test.each([
    [[], []],
    [['sleep'], []],
    [['dockerd', '-D'], ['dockerd at 0']],
    [['env'], []],
    [['env', '-'], []],
    [['env', '-', 'A=dockerd', 'crio'], ['crio at 3']],
    [['sh', '-x', '--', 'dind'], ['dind at 3']],
    [['sh', '-c', 'dockerd'], []],
    [['sh', '-o', '-c', 'dockerd'], ['dockerd at 3']],
    [
      ['rootlesskit', '--net', 'host', 'dockerd'],
      ['rootlesskit at 0', 'dockerd at 3'],
    ],
    [['k3s', '-v', '1', 'agent'], ['k3s agent at 0']],
    [['k3s', '-v=1', 'ctr', 'agent'], []],
    [['podman', 'system', 'df', 'service'], []],
    [['nsenter', '-t1', 'nsenter', '-t1'], ['nsenter at 0']],
    [['nsenter', '--wdns=/x-t1', 'sh'], []],
    [['nsenter', '-S0', '-t1'], ['nsenter at 0']],
    [['nsenter', '--setuid', '0', '-t1'], ['nsenter at 0']],
    [['nsenter', '--setgid', '0', '-t1'], ['nsenter at 0']],
    [['nsenter', '-a', '--', '-t1'], []],
    [['chroot', '/proc/12/root', 'sh'], ['chroot at 0']],
    [['chroot', '/proc/12/rootfs', 'sh'], []],
    [['env', '-S'], []],
    [['env', '-S', ' '], []],
    [['env', '-S', 'env -S dockerd'], ['dockerd at 2']],
    [['env', '-u', 'A', '-Sdockerd', 'x'], ['dockerd at 3']],
    [['env', '-S', 'S'], []],
    [['env', '-S', 'A=b -i', 'dockerd'], ['dockerd at 3']],
    [['env', '-S', 'DEBUG=1 dockerd', '-D'], ['dockerd at 2']],
    [['env', '-Stini --', 'env', '--split-string=nice -n 5', 'k3s', 'server'], ['k3s server at 4']],
    [['C:\\x\\DockerD.Exe'], ['dockerd at 0']],
    [['timeout', '1'], []],
    [['sh', '+x', 'dind'], ['dind at 2']],
    [['sh', 'x+', 'dind'], []],
    [['sh', '+o', 'posix', 'dind'], ['dind at 3']],
    [['sh', '-posix', 'dind'], ['dind at 2']],
    [['bash', '--norc', 'dind'], ['dind at 2']],
    [['env', '--', '-x', 'dockerd'], []],
    [['env', '-S', " 'dockerd'  -D"], ['dockerd at 2']],
    [['env', '--split-string', 'dockerd'], ['dockerd at 2']],
    [['nsenter', '-S', '0', '-t1'], ['nsenter at 0']],
    [['nsenter', '--setgid', '0', '--target', '1'], ['nsenter at 0']],
    [['nsenter', '-S', '-t1'], []],
    [['nsenter', '-x-S', '0', '-t1'], []],
    [['nsenter', '-Sx', '-t1'], ['nsenter at 0']],
    [['nsenter', '--', '-t1'], []],
    [['nsenter', '--x--target', '1'], []],
    [['nsenter', '--net=x-t1'], []],
    [['chroot', '/proc/12/root', 'x'], ['chroot at 0']],
    [['chroot', '/proc/12/rootfs', 'x'], []],
    [['chroot', '--', '/host', 'x'], ['chroot at 0']],
  ])('%j: %j', (argv, tokens) => {
    expect(started(...argv)).toEqual(tokens);
  });

  test('what a literal variable holds, as the kubelet expands it', () => {
    const variables = [
      { name: 'A', value: 'docker' },
      { name: 'B', value: '$(A)d' },
      { name: 'C', valueFrom: {} },
      { name: 'EMPTY' },
      { name: null, value: 'x' },
      { name: 'LONG', value: 'x'.repeat(5000) },
    ];
    const tokens = (word: string) => startedBy(known, [word], variables).programs.map(({ token }) => token);
    expect(['$(B)', '/bin/$(A)d', '$(A)$(EMPTY)d', '$(A)$(C)d', '$$(B)', '$(LONG)', '$(B', '$()'].map(tokens)).toEqual([
      ['dockerd'],
      ['dockerd'],
      ['dockerd'],
      [],
      [],
      [],
      [],
      [],
    ]);
  });
});

describe('a variable in any word is what it stands for:', () => {
  const variables = Object.entries({
    DASHES: '--',
    U: '-u',
    S: 'server',
    R: '/host',
    T: '--target=1',
    M: '--mount=/proc/1/ns/mnt',
    ONE: '1',
    TWO: '2',
    B: 'A=b',
    C: '-c',
    LINE: 'tini -- dockerd --debug',
    LONG: `-x${'y'.repeat(5000)}`,
    EMPTY: '',
  }).map(([name, value]) => ({ name, value }));

  test.each([
    [['tini', '$(DASHES)', 'dockerd'], ['dockerd at 2']],
    [['env', '$(U)', 'X', 'dockerd'], ['dockerd at 3']],
    [['env', '$(B)', 'dockerd'], ['dockerd at 2']],
    [['env', '$(B)$(EMPTY)', '$(U)', '$(S)', 'dockerd'], ['dockerd at 4']],
    [['k3s', '$(S)'], ['k3s server at 0']],
    [['k3s', '$(LONG)', 'x', '$(S)'], ['k3s server at 0']],
    [['podman', 'system$(EMPTY)', '$(EMPTY)service'], ['podman system service at 0']],
    [['chroot', '$(R)', 'sh'], ['chroot at 0']],
    [['chroot', '$(R)$(ONE)', 'sh'], []],
    [['nsenter', '$(T)', '-m'], ['nsenter at 0']],
    [['nsenter', '$(M)', 'sh'], ['nsenter at 0']],
    [['nsenter', '-t', '$(ONE)'], ['nsenter at 0']],
    [['nsenter', '-t$(TWO)', '-m'], []],
    // Which process an unknown one is, is only known at run time: there is no other of which it could be told before.
    [['nsenter', '-t', '$(UNKNOWN)'], ['nsenter at 0']],
    [['env', '$(UNKNOWN)', 'dockerd'], []],
    [['env', '-S', '$(LINE)'], ['dockerd at 2']],
    [['env', '-S$(LINE)', 'x'], ['dockerd at 1']],
    [['env', '-S', 'env $(U)', 'X', 'tini', '$(DASHES)', 'dockerd'], ['dockerd at 6']],
    [['sh', '$(C)', 'dockerd'], []],
  ])('%j: %j', (argv, tokens) => {
    expect(startedBy(known, argv, variables).programs.map(({ token, index }) => `${token} at ${index}`)).toEqual(
      tokens,
    );
  });

  test('a shell that gets its option by one has a script', () => {
    expect(startedBy(known, ['sh', '$(C)', 'x'], variables).scriptFrom).toBe(2);
  });

  test('where they stand for more than is read, the command line is unreadable', () => {
    const pad = [{ name: 'PAD', value: `A=${'x'.repeat(4000)}` }, ...variables];
    const padding = (times: number) => Array.from({ length: times }, (_, index) => `$(PAD)${index}`);
    const tokens = (...argv: readonly string[]) => startedBy(known, argv, pad).programs.map(({ token }) => token);
    expect(tokens('env', ...padding(5), '$(U)', 'X', 'dockerd')).toEqual(['dockerd']);
    expect(tokens('env', ...padding(6), '$(U)', 'X', 'dockerd')).toEqual(['unreadable']);
    expect(tokens('env', ...padding(6), 'dockerd')).toContain('unreadable');
    // Words that nobody looks at cost nothing.
    expect(tokens('env', 'app', ...padding(6))).toEqual([]);
    expect(tokens('app', ...padding(6))).toEqual([]);
  });

  test('a word that is looked at more than once is expanded once', () => {
    const long = [{ name: 'LONG', value: `-${'x'.repeat(20_000)}` }];
    expect(startedBy(known, ['nsenter', '$(LONG)', '-m'], long).programs).toEqual([]);
  });
});

describe('options are taken for what they are', () => {
  test.each([
    [['sh', '-ec=1', 'dockerd'], ['dockerd at 2']],
    [['bash', '--foo', 'dockerd'], ['dockerd at 2']],
    [['env', '--foo-Sdockerd', 'crio'], ['crio at 2']],
    [['env', '--split-string', 'dockerd -D'], ['dockerd at 2']],
    [['env', '-S', 'A=1  dockerd'], ['dockerd at 2']],
    [['nsenter', '--r=/host', 'sh'], ['nsenter at 0']],
    [['nsenter', '--x-r/host', 'sh'], []],
    [['k3s', 'x', 'agent'], []],
    [['k3s', '-v', '1', 'x', 'agent'], []],
  ])('%j', (argv, found) => {
    expect(started(...argv)).toEqual(found);
  });

  test('of a wrapper of which no option is known that takes a value', () => {
    const wrapping = compileCommands(programs, [{ name: 'wrap' }], hostRoots);
    expect(startedBy(wrapping, ['wrap', '-x', 'dockerd'], []).programs.map(({ token }) => token)).toEqual(['dockerd']);
  });

  test('a script begins behind the option that says so', () => {
    expect(startedBy(known, ['sh', '-x', '-c', 'dockerd'], []).scriptFrom).toBe(3);
  });

  test('a command line is split 64 times', () => {
    const nested = (times: number) => started('env', ...Array.from({ length: times }, () => '-S'), 'dockerd');
    expect(nested(64)).toEqual(['dockerd at 65']);
    expect(nested(65)).toEqual([]);
  });
});

describe('a variable', () => {
  const tokens = (word: string, variables: readonly { name: string; value: string }[]) =>
    startedBy(known, [word], variables).programs.map(({ token }) => token);

  test('refers to those before it, as they are there', () => {
    const before = { name: 'X', value: 'dockerd' };
    const after = { name: 'X', value: 'sleep' };
    const variable = { name: 'Y', value: '$(X)' };
    expect(tokens('$(Y)', [before, variable, after])).toEqual(['dockerd']);
    expect(tokens('$(X)', [before, variable, after])).toEqual([]);
    expect(tokens('$(Y)', [variable, before])).toEqual([]);
    expect(tokens('$(X)', [{ name: 'X', value: '$(X)' }])).toEqual([]);
    expect(tokens('$(X)', [before, { name: 'X', value: '/bin/$(X)' }])).toEqual(['dockerd']);
  });

  test('is found whatever the others stand for', () => {
    const long = { name: 'LONG', value: 'x'.repeat(4000) };
    const others = Array.from({ length: 10_000 }, (_, index) => ({ name: `A${index}`, value: '$(LONG)x' }));
    expect(tokens('$(ENGINE)', [long, ...others, { name: 'ENGINE', value: 'dockerd' }, ...others])).toEqual([
      'dockerd',
    ]);
  });

  test('is expanded in a script', () => {
    const variables = [
      { name: 'ENGINE', value: 'containerd' },
      { name: 'LINE', value: 'make; $(ENGINE) &' },
    ];
    const mentions = (...argv: readonly string[]) =>
      mentionedBy(known, argv, startedBy(known, argv, variables), variables).map(
        ({ token, index }) => `${token} at ${index}`,
      );
    expect(mentions('sh', '-c', '$(LINE)')).toEqual(['containerd at 2']);
    expect(mentions('sh', '-c', `${'#'.repeat(5000)}\n$(ENGINE)`)).toEqual(['containerd at 2']);
    expect(mentions('app', '$(ENGINE)')).toEqual([]);
    expect(mentions('app', '$(LINE)')).toEqual(['containerd at 1']);
    expect(mentions('sh', '-c', 'x$(ENGINE)')).toEqual([]);
    expect(mentions('sh', '-c', '$(OTHER) $$(ENGINE)')).toEqual([]);
  });
});

describe('a command line mentions', () => {
  test.each([
    [['sh', '-c', 'dockerd'], ['dockerd at 2']],
    [
      ['sh', '-c', 'crio', 'containerd'],
      ['crio at 2', 'containerd at 3'],
    ],
    [['app', 'crio'], []],
    [['app', 'dockerd', '/x/dockerd'], ['dockerd at 1']],
    [['app', 'crio;'], ['crio at 1']],
    [['app', 'a b/bin/crio'], ['crio at 1']],
    [['app', 'a /etc/crio'], []],
    [['app', 'a ../crio'], ['crio at 1']],
    [['app', 'a /crio'], ['crio at 1']],
    [['app', 'echo "podman system service"'], ['podman system service at 1']],
    [['app', "podman 'system' service"], ['podman system service at 1']],
    [['app', 'kind;create'], []],
    [['app', 'kind  create'], ['kind create at 1']],
    [['app', 'x cri;'], []],
    [['app', 'a bin/xcrio;'], []],
    [['app', 'a dockerd.exe b'], ['dockerd at 1']],
    [['app', '& C:\\docker\\dockerd.exe -D'], ['dockerd at 1']],
    [['app', 'cat \\dockerd'], []],
    [['app', 'a my-dockerd.exe'], []],
    [['app', 'podman \\\n system service'], ['podman system service at 1']],
    [['app', 'podman \\\r\n system service'], ['podman system service at 1']],
    [['app', 'podman \n system service'], []],
    [['app', `podman ${' '.repeat(300)}system service`], []],
    [['app', 'podman ; '.repeat(300)], ['podman at 1']],
  ])('%j: %j', (argv, tokens) => {
    expect(mentioned(...argv)).toEqual(tokens);
  });

  test('nothing when no word has a name in it', () => {
    expect(mayMention(known, 'if [ -x /bin/bash ]; then exec /bin/bash; fi')).toBe(false);
    expect(mayMention(known, 'finding kinds')).toBe(true);
  });
});

describe('a long command line takes time in proportion', () => {
  const long = 100_000;
  test.each([
    ['wrappers', Array<string>(long).fill('env')],
    ['wrappers that are looked for', Array<string>(long).fill('nsenter')],
    ['options of a shell', ['sh', `-${'c'.repeat(long)}!`, 'x']],
    ['options', ['nsenter', ...Array<string>(long).fill('-a')]],
    ['split lines', ['env', '-S', 'env -S '.repeat(long / 10)]],
    ['lines that split lines', ['env', ...Array<string>(long).fill('-S')]],
    ['variables', Array<string>(long).fill('$(A)')],
    ['variables in words of their own', Array.from({ length: long }, (_, index) => `$(B)${index}`)],
    ['arguments in variables', ['k3s', ...Array.from({ length: long }, (_, index) => `-$(B)${index}`)]],
    ['references that do not end', ['sh', '-c', `$(A)${'$('.repeat(long)}`]],
    ['mentions', ['sh', '-c', 'podman '.repeat(long)]],
    ['folders', ['sh', '-c', '/bin/dind'.repeat(long / 10)]],
    ['blanks', ['sh', '-c', `kind${' '.repeat(long)}`.repeat(3)]],
  ])('%s', (_, argv) => {
    const before = process.threadCpuUsage();
    const variables = [
      { name: 'A', value: 'env' },
      { name: 'B', value: 'x'.repeat(4000) },
    ];
    mentionedBy(known, argv, startedBy(known, argv, variables), variables);
    const { user, system } = process.threadCpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(2000);
  });
});
