import { expect, test } from 'vitest';
import { checks } from '../checks/registry.ts';
import { proposalsFor } from './complete.ts';
import { applicationFor } from './run.ts';

const context = { process: { stdout: process.stdout, stderr: process.stderr } };

/** What is proposed for the last word of a command line, without what is said of each. */
async function proposed(...words: readonly string[]): Promise<readonly string[]> {
  const lines = await proposalsFor(await applicationFor(words[0] ?? ''), words, context);
  return lines.map((line) => line.split('\t')[0] ?? '');
}

test('commands, and the commands below them', async () => {
  expect(await proposed('')).toEqual(expect.arrayContaining(['config', 'explain', 'serve']));
  expect(await proposed('exp')).toEqual(['explain']);
  expect(await proposed('config', '')).toEqual(['validate', 'show', 'schema']);
  expect(await proposed('config', 'v')).toEqual(['validate']);
});

test('what a command is for, and what a check finds', async () => {
  expect(await proposalsFor(await applicationFor(''), ['serv'], context)).toEqual(['serve\tAnswer admission reviews']);
  const lines = await proposalsFor(await applicationFor('explain'), ['explain', 'privil'], context);
  expect(lines).toEqual(['privilege-escalation\tProcesses may gain privileges', 'privileged\tPrivileged container']);
});

test('every check, for explain', async () => {
  expect(await proposed('explain', '')).toEqual(checks.map(({ id }) => id));
  expect(await proposed('explain', '--format', 'json', 'host-pi')).toEqual(['host-pid']);
});

test('nothing, where a list has nothing that fits', async () => {
  expect(await proposed('explain', 'nothing')).toEqual([]);
  expect(await proposed('nothing')).toEqual([]);
  expect(await proposed('explain', '--format', 'yaml')).toEqual([]);
});

test('flags once they are begun, each until it is there', async () => {
  const others = ['secret', 'service', 'ca-lifetime', 'leaf-lifetime', 'overlap', 'reconcile'].map(
    (name) => `--tls-${name}`,
  );
  const once = ['--tls-cert-file', '--tls-key-file', '--tls-san', ...others];
  expect(await proposed('serve', '--tls')).toEqual(once);
  expect(await proposed('serve', '--tls-key-file', 'k', '--tls')).toEqual(
    once.filter((flag) => flag !== '--tls-key-file'),
  );
  expect(await proposed('explain', '-')).toEqual(['--format']);
});

test('values of a flag, in each spelling', async () => {
  expect(await proposed('explain', '--format', '')).toEqual(['text', 'markdown', 'json']);
  expect(await proposed('explain', '--format=')).toEqual(['--format=text', '--format=markdown', '--format=json']);
  expect(await proposed('explain', '--format=m')).toEqual(['--format=markdown']);
  expect(await proposed('explain', '--format', '=', 'm')).toEqual(['markdown']);
  expect(await proposed('explain', '--format', '=')).toEqual(['text', 'markdown', 'json']);
  expect(await proposed('explain', '--format=json', 'host-pi')).toEqual(['host-pid']);
  expect(await proposed('check', '-f', 's')).toEqual(['sarif']);
});

test('names of files are left to the shell', async () => {
  expect(await proposed('config', 'validate', '')).toEqual([':files']);
  expect(await proposed('config', 'validate', 'con')).toEqual([':files']);
  expect(await proposed('serve', '--config', '')).toEqual([':files']);
  expect(await proposed('serve', '--config=con')).toEqual([':files']);
});
