import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Check, findIn } from '../../src/checks/check.ts';
import { engineCommand } from '../../src/checks/engine-command.ts';
import { engineCommandText } from '../../src/checks/engine-command-text.ts';
import { podSubject } from '../../src/kubernetes/subject.ts';
import { runs } from './runs.ts';

const word = fc.oneof(
  fc.constantFrom(
    ...[
      'sh',
      '-c',
      '-ec',
      'bash',
      '-o',
      'env',
      '-S',
      'A=b',
      '--',
      '-',
      'tini',
      'timeout',
      '1',
      'sudo',
      '-u',
      'busybox',
    ],
    ...['dockerd', '/usr/bin/containerd', 'k3s', 'server', 'nsenter', '-t', '-t1', '--target=1', 'chroot', '/host'],
    ...['podman system service', 'dockerd &', '$(A)', '$(B)/dockerd', 'kind', 'create', 'rootlesskit', 'app'],
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
const words = fc.array(word, { maxLength: 8 });
const env = fc.array(fc.record({ name: fc.constantFrom('A', 'B', '$(A)'), value: fc.option(word) }), { maxLength: 3 });
const many = { numRuns: runs(2000) };

function found(check: Check, container: object): readonly string[] {
  const subject = podSubject({ spec: { containers: [{ name: 'a', ...container }] } }, 'jobs');
  return findIn(check, subject, {}).map((one) => one.value);
}

test('any command line is read without throwing, and told in words of our own', () => {
  const ours =
    /^(?:dockerd|dockerd-entrypoint\.sh|dockerd-rootless\.sh|dind|containerd|crio|cri-dockerd|k0s|rke2|nsenter|chroot|k3s (?:server|agent)|buildkitd|rootlesskit|podman system service|podman|kind create|kind)$/;
  fc.assert(
    fc.property(words, words, env, (command, args, variables) => {
      const container = {
        command,
        args,
        env: variables,
        lifecycle: { preStop: { exec: { command: args } } },
        livenessProbe: { exec: { command } },
      };
      for (const check of [engineCommand, engineCommandText]) {
        for (const value of found(check, container)) expect(value).toMatch(ours);
      }
    }),
    many,
  );
});

const wrappers: readonly (readonly string[])[] = [
  ['tini', '--'],
  ['/sbin/docker-init', '-s', '--'],
  ['env', '-u', 'HOME', 'A=b'],
  ['sudo', '-E', '-u', 'root'],
  ['timeout', '-s', 'KILL', '1h'],
  ['nice', '-n', '10'],
  ['gosu', 'root'],
  ['busybox'],
  ['bash', '-x', '-o', 'pipefail'],
  ['chroot', '/srv/alpine'],
  ['nsenter', '-t', '42', '-m'],
];
const engines: readonly (readonly string[])[] = [
  ['dockerd'],
  ['/usr/local/bin/dockerd-entrypoint.sh'],
  ['containerd', '-c', 'x'],
  ['k3s', '--debug', 'server'],
  ['nsenter', '-t', '1', '-m'],
  ['chroot', '/host', 'sh'],
];

test('no engine is lost behind wrappers, wherever the command ends and the arguments begin', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...wrappers), { maxLength: 4 }),
      fc.constantFrom(...engines),
      fc.nat(),
      (around, engine, cut) => {
        const argv = [...around.flat(), ...engine];
        const place = cut % (argv.length + 1);
        const container = { command: argv.slice(0, place), args: argv.slice(place) };
        expect(found(engineCommand, container)).toEqual(found(engineCommand, { command: engine }));
        expect(found(engineCommand, { command: engine })).toHaveLength(1);
      },
    ),
    many,
  );
});

test('no engine is lost in a script, whatever stands around it', () => {
  const line = fc.stringMatching(/^[a-z0-9 $"'=./-]{0,40}$/);
  fc.assert(
    fc.property(fc.array(line), fc.array(line), fc.constantFrom(...engines), (before, behind, engine) => {
      const script = [...before, engine.join(' '), ...behind].join('\n');
      expect(found(engineCommandText, { command: ['sh', '-c', script] })).toEqual(
        expect.arrayContaining([...found(engineCommandText, { command: ['sh', '-c', engine.join(' ')] })]),
      );
      expect(found(engineCommandText, { args: [`${script} `] })).not.toEqual([]);
    }),
    many,
  );
});
