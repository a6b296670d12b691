import { expect, test } from 'vitest';
import { podSubject } from '../kubernetes/subject.ts';
import { findIn } from './check.ts';
import { volumePlugin } from './volume-plugin.ts';

test('a volume without a driver is not tolerated by the empty name', () => {
  const volumes = [
    { name: 'a', gitRepo: { repository: 'a' } },
    { name: 'b', flexVolume: {} },
  ];
  const findings = findIn(volumePlugin, podSubject({ spec: { containers: [], volumes } }, 'jobs'), {});
  expect(findings.map((finding) => volumePlugin.permits(finding, { drivers: new Set(['']) }))).toEqual([false, false]);
});
