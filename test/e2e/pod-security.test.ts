import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Finding } from '../../src/checks/check.ts';
import { projectionSources, volumeSources } from '../../src/facts/volume-sources.ts';
import { type Cluster, startCluster } from '../harness/cluster.ts';
import { concurrently } from '../harness/concurrently.ts';
import { debuggedPod, debugTargets, podSecurityPod } from './pod-security-pods.ts';
import { stricter } from './pod-security-stricter.ts';
import {
  type Comparison,
  type Level,
  levels,
  startComparison,
  type Verdict,
  type Verdicts,
} from './pod-security-verdicts.ts';
import { smallestProjections, smallestSources } from './volume-sources.ts';

/** Fixed, so that a failure stays one; told with it. */
const seed = 20_261_121;
const told = `seed ${seed}`;
const width = 8;
/** An object that the API server itself does not take is no comparison, so a few more are made. */
const pods = { made: 2_200, compared: 2_000 };
const ephemeralContainers = { made: 400, compared: 300 };

/** Rules that both levels have, in the words of Pod Security's messages (k8s.io/pod-security-admission v0.37.1). */
const sharedRules = [
  'forbidden AppArmor profile',
  'forbidden sysctls',
  'host namespaces',
  'hostPort',
  'hostProcess',
  'privileged',
  'probe or lifecycle host',
  'seLinuxOptions',
  'seccompProfile',
];
const rulesOf: Readonly<Record<Level, readonly string[]>> = {
  // Not procMount: the API server takes another one in a user namespace only, and there Baseline allows any.
  baseline: [...sharedRules, 'hostPath volumes', 'non-default capabilities'],
  restricted: [
    ...sharedRules,
    'allowPrivilegeEscalation != false',
    'procMount',
    'restricted volume types',
    'runAsNonRoot != true',
    'runAsUser=0',
    'unrestricted capabilities',
  ],
};
/** Rules that never reject a pod alone: the API server takes such a pod only with a field of another rule. */
const neverAlone: Readonly<Record<Level, readonly string[]>> = {
  // A process of a Windows node is in the node's network.
  baseline: ['hostProcess'],
  // Who is privileged may escalate.
  restricted: ['hostProcess', 'privileged'],
};

let cluster: Cluster;
let comparison: Comparison;
beforeAll(async () => {
  cluster = await startCluster({ log: () => undefined });
  comparison = await startComparison(cluster);
});
afterEach(({ task }) => {
  if (task.result?.state === 'fail') cluster.keepLogs();
});
afterAll(() => cluster?.stop());

describe('pods', () => {
  let compared: readonly NonNullable<Verdicts>[];
  beforeAll(async () => {
    const sample = fc.sample(podSecurityPod, { seed, numRuns: pods.made });
    compared = taken(await concurrently(sample, width, comparison.created));
  });

  test('are of every kind, and most are taken by the API server', () => {
    expect(Object.keys(smallestSources).sort()).toEqual([...volumeSources.keys()].sort());
    expect(Object.keys(smallestProjections).sort()).toEqual([...projectionSources].sort());
    expect(compared.length, told).toBeGreaterThanOrEqual(pods.compared);
  });

  describe.for(levels)('at level %s', (level) => {
    const verdicts = () => compared.map((one) => one[level]);

    test('are rejected by each rule of Pod Security, and by each alone where it can be alone', () => {
      const broken = verdicts().map((verdict) => verdict.broken);
      expect(unique(broken.flat()), told).toEqual(unique(rulesOf[level]));
      const canBeAlone = rulesOf[level].filter((rule) => !neverAlone[level].includes(rule));
      expect(unique(broken.filter(({ length }) => length === 1).flat()), told).toEqual(unique(canBeAlone));
    });

    test('are denied where Pod Security rejects them', () => {
      expect(missed(verdicts()), told).toEqual([]);
    });

    test('are denied beyond that for documented reasons only', () => {
      const beyond = findingsBeyond(verdicts());
      const isKnown = (finding: Finding) => stricter.some((reason) => reason.isReasonOf(finding));
      expect(
        beyond.filter((finding) => !isKnown(finding)),
        told,
      ).toEqual([]);
      const seen = stricter.filter((reason) => beyond.some(reason.isReasonOf));
      expect(
        seen.map(({ why }) => why),
        told,
      ).toEqual(stricter.map(({ why }) => why));
    });
  });
});

describe('ephemeral containers', () => {
  let compared: readonly NonNullable<Verdicts>[];
  beforeAll(async () => {
    for (const [name, target] of Object.entries(debugTargets)) await comparison.keep(target, name);
    const sample = fc.sample(debuggedPod, { seed, numRuns: ephemeralContainers.made });
    const verdicts = await concurrently(sample, width, ({ target, ephemeralContainer }) =>
      comparison.debugged(target, ephemeralContainer),
    );
    compared = taken(verdicts);
  });

  test('are taken by the API server, most of them', () => {
    expect(compared.length, told).toBeGreaterThanOrEqual(ephemeralContainers.compared);
  });

  test.for(levels)('are denied at level %s just where Pod Security rejects them', (level) => {
    const verdicts = compared.map((one) => one[level]);
    expect(missed(verdicts), told).toEqual([]);
    expect(findingsBeyond(verdicts), told).toEqual([]);
    expect(new Set(verdicts.map(({ broken }) => broken.length > 0))).toEqual(new Set([true, false]));
  });
});

function taken(verdicts: readonly Verdicts[]): readonly NonNullable<Verdicts>[] {
  return verdicts.filter((one) => one !== undefined);
}

/** What Pod Security rejects and we admit: the first few tell as much as all. */
function missed(verdicts: readonly Verdict[]): readonly Verdict[] {
  return verdicts.filter(({ broken, admittedBy }) => broken.length > 0 && admittedBy.length > 0).slice(0, 3);
}

function findingsBeyond(verdicts: readonly Verdict[]): readonly Finding[] {
  return verdicts.filter(({ broken }) => broken.length === 0).flatMap(({ findings }) => findings);
}

function unique(words: readonly string[]): readonly string[] {
  return [...new Set(words)].sort();
}
