import { expect, test } from 'vitest';
import { completePod } from '../../test/harness/cases.ts';
import { configurationOf } from '../../test/harness/rules.ts';
import { persistentVolumeSubject, serviceSubject } from '../kubernetes/objects.ts';
import { podSubject } from '../kubernetes/subject.ts';
import { judgeAsItIs, judgeWithoutReview } from './without-review.ts';

const labelled = podSubject(completePod({ metadata: { labels: { 'mount-fuse': 'true' } } }), 'gitlab');
const privileged = podSubject(
  completePod({ spec: { containers: [{ securityContext: { privileged: true } }] } }),
  'agents',
);
const mine = configurationOf({
  mountFuse: { namespaces: ['gitlab'] },
  exemptions: [{ users: ['admin'] }, { groups: ['system:nodes'] }].map((who, index) => ({
    name: `for-${index}`,
    namespaces: ['agents'],
    ...who,
    allow: { privileged: true },
    owner: 'platform',
    reason: 'Test.',
    expires: '2027-01-01',
  })),
});

test('a pod is judged as the mutation would leave it, and one that is there as it is', () => {
  expect(judgeWithoutReview(labelled, mine, 0)).toEqual([]);
  expect(judgeAsItIs(labelled, mine, 0).map(({ finding }) => finding.check)).toContain('fuse-contract');
});

test('what is no pod is judged as it is', () => {
  const volume = persistentVolumeSubject({
    metadata: { name: 'pv' },
    spec: { hostPath: { path: '/run/docker.sock' } },
  });
  const [one] = judgeWithoutReview(volume, mine, 0);
  expect(one).toMatchObject({ outcome: 'deny', finding: { check: 'pvc-engine-path-protected' } });
});

test('a label asks for nothing on what is no pod', () => {
  const metadata = { name: 's', labels: { 'mount-fuse': 'true' } };
  const service = serviceSubject({ metadata, spec: { ports: [{ port: 80 }] } }, 'gitlab');
  expect(judgeWithoutReview(service, mine, 0)).toEqual([]);
});

test('an exemption of some user is nobody’s, and a restraint holds back', () => {
  expect(judgeWithoutReview(privileged, mine, 0)).toMatchObject([{ action: 'deny', outcome: 'deny' }]);
  expect(judgeAsItIs(privileged, mine, 0, { mode: 'audit', because: 'mirror' })).toMatchObject([
    { action: 'deny', outcome: 'audit', because: 'mirror' },
  ]);
});
