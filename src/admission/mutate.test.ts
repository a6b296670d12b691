import { expect, test } from 'vitest';
import { completePod } from '../../test/harness/cases.ts';
import { configurationOf } from '../../test/harness/rules.ts';
import { podSubject } from '../kubernetes/subject.ts';
import { mutatedSubject } from './mutate.ts';

const { fuse } = configurationOf({ mountFuse: { namespaces: ['gitlab'] } });

test('a pod that nothing is done to stays the same subject, so that it is not read anew', () => {
  const pod = podSubject(completePod({}), 'gitlab');
  expect(mutatedSubject(pod, fuse)).toBe(pod);
});

test('a pod that something is done to keeps its namespace and its place in a workload', () => {
  const asking = podSubject(
    completePod({ metadata: { labels: { 'mount-fuse': 'true' } } }),
    'gitlab',
    'template',
    '/spec/template',
  );
  const { namespace, origin, at, spec } = mutatedSubject(asking, fuse);
  expect({ namespace, origin, at }).toEqual({ namespace: 'gitlab', origin: 'template', at: '/spec/template' });
  expect(spec.runtimeClassName).toBe('untrusted');
});
