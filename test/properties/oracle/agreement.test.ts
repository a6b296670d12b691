import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { findAll } from '../../../src/admission/findings.ts';
import { checks } from '../../../src/checks/registry.ts';
import { podSubject } from '../../../src/kubernetes/subject.ts';
import { configurationOf } from '../../harness/rules.ts';
import { runs } from '../runs.ts';
import { oraclePod } from './arbitrary.ts';
import type { OraclePod } from './arbitrary-draft.ts';
import { keepFigures } from './figures.ts';
import { oracle, oracleIds } from './oracle.ts';
import { documentedSite } from './oracle-fuse.ts';
import { isReadable } from './oracle-images.ts';
import { record, text } from './oracle-pod.ts';
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
  readonly because: string;
  /** Whether a finding of the check does not count, on neither side; `beside` tells which others are in the same place. */
  readonly uses: { count: number };
  readonly isOne: (beside: (check: string) => boolean, within: unknown) => boolean;
}

/** Each must be of use in many pods: one that is not is to go. */
const equivalences: readonly Equivalence[] = [
  {
    check: 'engine-command-text',
    because: 'whether a command that starts an engine mentions it too is a matter of taste',
    uses: { count: 0 },
    isOne: (beside) => beside('engine-command'),
  },
  {
    check: 'dind-image',
    because: 'a reference that nobody can read is a finding of engine-image; the checks tell of its words as well',
    uses: { count: 0 },
    isOne: (beside, within) => beside('engine-image') && !isReadable(imageOf(within)),
  },
];

/** The image of a container, or that of a volume. */
function imageOf(within: unknown): string {
  const image = record(within)['image'];
  return text(image) || text(record(image)['reference']);
}

function counts(finding: string, all: ReadonlySet<string>, pod: OraclePod): boolean {
  const check = finding.slice(0, finding.indexOf(' '));
  const place = finding.slice(check.length + 1);
  const beside = (other: string) => all.has(`${other} ${place}`);
  const taken = equivalences.find((one) => one.check === check && one.isOne(beside, withinOf(pod, place)));
  if (taken !== undefined) taken.uses.count++;
  return taken === undefined;
}

/** The container or the volume that a finding is in, or the pod. */
function withinOf(pod: OraclePod, place: string): unknown {
  const [kind, name] = place.split(' ');
  const lists = ['containers', 'initContainers', 'ephemeralContainers', 'volumes'].map((list) => pod.spec[list]);
  const all = lists.flatMap((list) => (Array.isArray(list) ? list : [])) as readonly { readonly name: string }[];
  return kind === 'pod' ? pod : all.find((item) => item.name === name);
}

function difference(ours: ReadonlySet<string>, theirs: ReadonlySet<string>, pod: OraclePod): readonly string[] {
  const all = new Set([...ours, ...theirs]);
  return [...ours].filter((finding) => !theirs.has(finding) && counts(finding, all, pod));
}

/** What only one of the two finds in a pod. */
function differences(pod: OraclePod, expected: ReadonlySet<string>): Record<string, readonly string[]> {
  const actual = found(pod);
  return { onlyOracle: difference(expected, actual, pod), onlyChecks: difference(actual, expected, pod) };
}

const agreed = { onlyOracle: [], onlyChecks: [] };

test('the oracle knows every check of pods', () => {
  const ofPods = checks.filter(({ find }) => 'pod' in find).map(({ id }) => id);
  expect(oracleIds.toSorted()).toEqual(ofPods.toSorted());
});

it('finds by the checks, in the same places, what the independent oracle finds and nothing else', () => {
  const numRuns = runs(5000);
  const tally = tallyOf(oracleIds);
  fc.assert(
    fc.property(oraclePod, (pod) => {
      const expected = oracle(pod, { permitted: pod.metadata['namespace'] === fuseNamespace });
      tally.add(expected);
      expect(differences(pod, expected), JSON.stringify(pod)).toEqual(agreed);
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
  // They are needed about once in three thousand pods.
  if (numRuns >= 50_000) expect(equivalences.filter(({ uses }) => uses.count === 0)).toEqual([]);
  keepFigures({
    pods: tally.pods(),
    checks: oracleIds.map((id) => ({ id, found: tally.found(id), alone: tally.alone(id) })),
  });
});
