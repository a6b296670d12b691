import fc from 'fast-check';
import { expect, it } from 'vitest';
import { findAll } from '../../../src/admission/findings.ts';
import { podSubject } from '../../../src/kubernetes/subject.ts';
import { configurationOf } from '../../harness/rules.ts';
import { runs } from '../runs.ts';
import { oraclePod } from './arbitrary.ts';
import type { OraclePod } from './arbitrary-draft.ts';
import { oracle, oracleIds } from './oracle.ts';
import { documentedSite } from './oracle-fuse.ts';
import { alwaysFound, tallyOf } from './rates.ts';

/** Where the pods may ask for the fuse device; the generator makes pods of other namespaces too. */
const fuseNamespace = 'ci';

/** Every check at its maximum: all deny, and nothing is allowed. */
const everything = configurationOf({
  profiles: { everything: { checks: Object.fromEntries(oracleIds.map((id) => [id, 'deny'])) } },
  default: { profile: 'everything' },
  mountFuse: { namespaces: [fuseNamespace], gatedResources: documentedSite.gatedResources },
});

/** What the checks find, as the oracle writes it. */
function found(pod: OraclePod): ReadonlySet<string> {
  const namespace = String(pod.metadata['namespace']);
  const rules = everything.policyFor(namespace).profile.rules.pod;
  return new Set(
    findAll(rules, podSubject(pod, namespace)).map(
      ({ finding: { check, place } }) => `${check} ${placeOf(check, place)}`,
    ),
  );
}

type Place = ReturnType<typeof findAll>[number]['finding']['place'];

/** Of a finding with several places the most exact one; what the fuse contract says of keys, it says of the pod. */
function placeOf(check: string, place: Place): string {
  if (place.key !== undefined && check !== 'fuse-contract') return `key ${place.key}`;
  if (place.container !== undefined) return `container ${place.container}`;
  return place.volume === undefined ? 'pod' : `volume ${place.volume}`;
}

interface Equivalence {
  readonly check: string;
  readonly beside: string;
  readonly because: string;
}

/** Findings that do not count, on neither side, where the other check has found something in the same place. */
const equivalences: readonly Equivalence[] = [
  {
    check: 'engine-command-text',
    beside: 'engine-command',
    because: 'whether a command that starts an engine mentions it too is a matter of taste',
  },
];

function counts(finding: string, all: ReadonlySet<string>): boolean {
  return !equivalences.some(
    ({ check, beside }) => finding.startsWith(`${check} `) && all.has(finding.replace(check, beside)),
  );
}

interface Disagreement {
  readonly because: string;
  readonly isOne: (check: string, within: unknown) => boolean;
}

/** What is to be mended in the checks: findings of a container or a volume, whose own JSON is `within`. */
const knownDisagreements: readonly Disagreement[] = [
  {
    because: 'env -S takes what follows its text as further words: `env -S chroot /host` enters the node',
    isOne: (check, within) => check.startsWith('engine-command') && /"-S"/.test(JSON.stringify(within)),
  },
  {
    because: 'the logs of the node are protected only where somebody can write to them',
    isOne: (check, within) => check.startsWith('host-path-') && /"path":"[^"]*\/log[/."]/.test(JSON.stringify(within)),
  },
];

/** The container or the volume that a finding is in, or the pod. */
function withinOf(pod: OraclePod, place: string): unknown {
  const [kind, name] = place.split(' ');
  const lists = ['containers', 'initContainers', 'ephemeralContainers', 'volumes'].map((list) => pod.spec[list]);
  const all = lists.flatMap((list) => (Array.isArray(list) ? list : [])) as readonly { readonly name: string }[];
  return kind === 'pod' ? pod : all.find((item) => item.name === name);
}

function difference(ours: ReadonlySet<string>, theirs: ReadonlySet<string>, pod: OraclePod): readonly string[] {
  const all = new Set([...ours, ...theirs]);
  return [...ours].filter((finding) => {
    if (theirs.has(finding) || !counts(finding, all)) return false;
    const check = finding.slice(0, finding.indexOf(' '));
    const within = withinOf(pod, finding.slice(check.length + 1));
    return !knownDisagreements.some(({ isOne }) => isOne(check, within));
  });
}

it('finds by the checks, in the same places, what the independent oracle finds and nothing else', () => {
  const numRuns = runs(5000);
  const tally = tallyOf(oracleIds);
  fc.assert(
    fc.property(oraclePod, (pod) => {
      const isFuseNamespace = pod.metadata['namespace'] === fuseNamespace;
      const expected = oracle(pod, { permitted: isFuseNamespace });
      const actual = found(pod);
      tally.add(expected);
      expect(
        { onlyOracle: difference(expected, actual, pod), onlyChecks: difference(actual, expected, pod) },
        JSON.stringify(pod),
      ).toEqual({ onlyOracle: [], onlyChecks: [] });
    }),
    { numRuns },
  );

  const enough = numRuns / 200;
  const seldom = oracleIds.filter((id) => tally.found(id) < enough || numRuns - tally.found(id) < enough);
  expect(seldom, 'found too seldom or too often to be compared').toEqual(alwaysFound);
  expect(
    oracleIds.filter((id) => tally.alone(id) === 0),
    'never found alone',
  ).toEqual([]);
});
