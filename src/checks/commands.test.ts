import { expect, test } from 'vitest';
import { podSubject } from '../kubernetes/subject.ts';
import { visitCommands, wordAt, wordIn } from './commands.ts';

const containerOf = (container: object) => {
  const [first] = podSubject({ spec: { containers: [{ name: 'a', ...container }] } }, 'x').containers;
  if (first === undefined) throw new Error('the pod of this test has a container');
  return first;
};

test('a word is in the command, or behind it in the args', () => {
  const container = containerOf({});
  const at = (index: number) => wordAt(container, [], ['env', 'A=b'], index);
  expect([at(0), at(1), at(2), at(4)]).toEqual([
    '/spec/containers/0/command/0',
    '/spec/containers/0/command/1',
    '/spec/containers/0/args/0',
    '/spec/containers/0/args/2',
  ]);
});

test('a word is counted on from the command into the args', () => {
  const words = Array.from({ length: 5 }, (_, index) => wordIn(['sh', '-x'], ['dind', '-c'], index));
  expect(words).toEqual(['sh', '-x', 'dind', '-c', undefined]);
});

test('every command line of a container is visited once, and one that it does not have never', () => {
  const exec = (word: string) => ({ exec: { command: [word] } });
  const seen: string[] = [];
  const visit = (container: object) =>
    visitCommands(containerOf(container), (_, command, args, field) => {
      seen.push([...field, ...command, ...args].join(' '));
    });
  visit({
    args: ['own'],
    lifecycle: { postStart: exec('b'), preStop: exec('c') },
    livenessProbe: exec('d'),
    readinessProbe: exec('e'),
    startupProbe: exec('f'),
  });
  visit({});
  visit({ command: null, args: null });
  expect(seen).toEqual([
    'own',
    'lifecycle postStart exec b',
    'lifecycle preStop exec c',
    'livenessProbe exec d',
    'readinessProbe exec e',
    'startupProbe exec f',
  ]);
});
