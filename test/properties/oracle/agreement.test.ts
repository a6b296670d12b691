import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findAll } from '../../../src/admission/findings.ts';
import { podSubject } from '../../../src/kubernetes/subject.ts';
import { configurationOf } from '../../harness/rules.ts';
import { runs } from '../runs.ts';
import { oraclePod } from './arbitrary.ts';
import { oracle, oracleIds } from './oracle.ts';

/** Every check at its maximum: all deny, and nothing is allowed. */
const everything = configurationOf({
  profiles: { everything: { checks: Object.fromEntries(oracleIds.map((id) => [id, 'deny'])) } },
  default: { profile: 'everything' },
  mountFuse: { namespaces: ['gitlab'] },
});
const rules = everything.policyFor('gitlab').profile.rules.pod;

/**
 * Where the catalogue leaves room, the checks report some pods under another id than the oracle: the ids of which one
 * must be there instead.
 */
const instead: Readonly<Record<string, readonly string[]>> = {
  'host-path-unlisted': ['host-path-protected', 'engine-socket-mount'],
  'engine-socket-mount': ['host-path-protected'],
  'engine-command': ['dind-image'],
  'dind-image': ['engine-image'],
  // A tag beside a digest tells nothing: the image is whatever the digest is.
  'engine-image': ['dind-image'],
};

test('what the independent oracle finds, the checks find', () => {
  fc.assert(
    fc.property(oraclePod, (pod) => {
      const found = new Set(findAll(rules, podSubject(pod, 'gitlab')).map(({ finding }) => finding.check));
      const missed = [...oracle(pod)].filter((id) => !found.has(id) && !isNoMiss(id, found, pod));
      expect(missed, JSON.stringify(pod)).toEqual([]);
    }),
    { numRuns: runs(5000) },
  );
});

function isNoMiss(id: string, found: ReadonlySet<string>, pod: unknown): boolean {
  // Rootless and daemonless builders are what the product wants people to use: the catalogue calls them "note only".
  if (id === 'engine-image' && /podman|buildah|buildkit|\bimg\b/.test(JSON.stringify(pod))) return true;
  // The alpha annotations, which no kubelet reads any more.
  if (id === 'seccomp-unconfined') return JSON.stringify(pod).includes('seccomp.security.alpha.kubernetes.io/');
  return (instead[id] ?? []).some((other) => found.has(other));
}
