import { expect, test } from 'vitest';
import { caseSubject, completeCase } from '../../test/harness/cases.ts';
import { findIn } from './check.ts';
import { runtimeClassHandler } from './runtime-class-handler.ts';

test('where nothing is given by mountFuse, only the classes of the site are guarded', () => {
  const head = { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name: 'untrusted' } };
  const subject = caseSubject(completeCase({ object: { ...head, handler: 'runc' } }));
  const values = (classes: ReadonlySet<string> | undefined) =>
    findIn(runtimeClassHandler, subject, { classes }).map(({ value }) => value);
  expect(values(undefined)).toEqual([]);
  expect(values(new Set(['untrusted']))).toEqual(['runc']);
});
