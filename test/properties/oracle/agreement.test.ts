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
  /** A pod that shows it. */
  readonly spec: Readonly<Record<string, unknown>>;
  /** Whether a finding of this check in this container or volume is another one of it. */
  readonly isOne: (check: string, within: unknown) => boolean;
}

const json = (value: unknown): string => JSON.stringify(value);

const running = (...command: readonly string[]): Readonly<Record<string, unknown>> => ({
  containers: [{ name: 'build', image: 'busybox', command }],
});

/** The image of a container, or that of a volume. */
function imageOf(within: unknown): string {
  const image = record(within)['image'];
  return text(image) || text(record(image)['reference']);
}

/** What is to be mended in the checks, or to be decided; a test fails as soon as one of these is none any more. */
const knownDisagreements: readonly Disagreement[] = [
  {
    because: 'env -S puts its text before the words that follow: this enters the node',
    spec: running('env', '-S', 'chroot', '/host'),
    isOne: (check, within) => check.startsWith('engine-command') && json(within).includes('"-S"'),
  },
  {
    because: 'nsenter into the root of the first process is what chroot is',
    spec: running('nsenter', '--root=/proc/1/root'),
    isOne: (check, within) =>
      check.startsWith('engine-command') && /nsenter/.test(json(within)) && /"(--root=|-r\/)/.test(json(within)),
  },
  {
    because: 'a backslash before the end of a line joins two lines of a script',
    spec: running('sh', '-c', 'k3s \\\n server'),
    isOne: (check, within) => check === 'engine-command-text' && json(within).includes('\\\\\\n'),
  },
  {
    because: 'the logs of the node are protected only where somebody can write to them',
    spec: {
      containers: [
        { name: 'build', image: 'busybox', volumeMounts: [{ name: 'logs', mountPath: '/logs', readOnly: true }] },
      ],
      volumes: [{ name: 'logs', hostPath: { path: '/var/log' } }],
    },
    isOne: (check, within) => check.startsWith('host-path-') && /"path":"[^"]*\/log[/."]/.test(json(within)),
  },
  {
    because: 'a path that begins with a single backslash names no other host',
    spec: {
      containers: [{ name: 'build', image: 'busybox' }],
      volumes: [{ name: 'kube', hostPath: { path: '\\kube' } }],
    },
    isOne: (_, within) => /"path":"\\\\[^\\]*"/.test(json(within)),
  },
  {
    because: 'a reference that nobody can read is a finding of engine-image only',
    spec: { containers: [{ name: 'build', image: 'dind:@x' }] },
    isOne: (check, within) => check === 'dind-image' && !isReadable(imageOf(within)),
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

/** What only one of the two finds in a pod. */
function differences(pod: OraclePod, expected: ReadonlySet<string>): Record<string, readonly string[]> {
  const actual = found(pod);
  return { onlyOracle: difference(expected, actual, pod), onlyChecks: difference(actual, expected, pod) };
}

const agreed = { onlyOracle: [], onlyChecks: [] };

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
});

it.each(knownDisagreements)('still disagrees: $because', ({ spec }) => {
  const pod: OraclePod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'job', namespace: fuseNamespace }, spec };
  expect(found(pod)).not.toEqual(oracle(pod));
});
