import { checks } from '../../src/checks/registry.ts';
import { type Case, readCases } from '../harness/cases.ts';
import { isClusterScoped } from './case-objects.ts';

/** What is expected of a case: `instead` is what a check tells to do instead of a found case. */
const expectations = ['found', 'clean', 'allowed', 'refused', 'instead'] as const;
export type Expectation = (typeof expectations)[number];

/** A case, and where nothing but its check judges it, with the settings of the case. */
export interface PlacedCase {
  readonly check: string;
  readonly expected: Expectation;
  readonly written: Case;
  /** Of an object that is in one. */
  readonly namespace: string;
  /** The configuration that judges it: objects that are in no namespace have one policy only. */
  readonly round: number;
}

/** All cases, and the configurations that judge them, by round. */
export interface Places {
  readonly cases: readonly PlacedCase[];
  readonly namespaces: readonly string[];
  readonly configurations: readonly object[];
}

/** Settings of a check that some case needs, for a namespace or for all objects that are in none. */
interface Place {
  readonly check: string;
  readonly site: Case['site'];
  readonly allow: unknown;
  readonly asksForFuse: boolean;
  readonly namespace: string;
  readonly round: number;
}

/** The namespace of the pods that may ask for the FUSE device, in cases and in the guarded cluster. */
const askingNamespace = 'gitlab';
const folder = new URL('../../src/checks/', import.meta.url);

/** Reads the cases of every check and gives each a place; cases with the same settings share one. */
export function placeCases(): Places {
  const places = new Map<string, Place>();
  const cases = checks.flatMap(({ id }) => casesOf(id).map((one) => placed(one, places)));
  const all = [...places.values()];
  const rounds = 1 + Math.max(...all.map(({ round }) => round));
  return {
    cases,
    namespaces: all.filter(({ namespace }) => namespace !== '').map(({ namespace }) => namespace),
    configurations: Array.from({ length: rounds }, (_, round) => configurationOf(all, round)),
  };
}

/** A namespace in which a pod of the node's processes is admitted in that round only. */
export function signOf(round: number): string {
  return `round-${round}`;
}

type Unplaced = Pick<PlacedCase, 'check' | 'expected' | 'written'>;

function casesOf(check: string): readonly Unplaced[] {
  const { instead, ...cases } = readCases(folder, check);
  return expectations.flatMap((expected) => {
    const written = expected === 'instead' ? [instead.after] : cases[expected];
    return written.map((one) => ({ check, expected, written: one }));
  });
}

function placed(one: Unplaced, places: Map<string, Place>): PlacedCase {
  const { site, allow, object, namespace: told } = one.written;
  const isInNone = isClusterScoped(object);
  const asksForFuse = !isInNone && told === askingNamespace;
  const key = JSON.stringify([one.check, isInNone, site, allow, asksForFuse]);
  const isPlain = allow === undefined && Object.keys(site).length === 0;
  const alike = [...places.values()].filter(
    (place) => place.check === one.check && (place.namespace === '') === isInNone,
  );
  const place = places.get(key) ?? {
    ...{ check: one.check, site, allow, asksForFuse },
    namespace: isInNone ? '' : `${one.check}-${alike.length}`,
    // Settings of its own need a round of their own, since a profile has a check once.
    round: isInNone && !isPlain ? 1 + alike.filter(({ round }) => round > 0).length : 0,
  };
  places.set(key, place);
  return { ...one, namespace: place.namespace, round: place.round };
}

function configurationOf(all: readonly Place[], round: number): object {
  const own = all.filter((place) => place.round === round);
  const namespaced = own.filter(({ namespace }) => namespace !== '');
  const inNone = own.filter(({ namespace }) => namespace === '');
  const nothing = Object.fromEntries(checks.map(({ id }) => [id, 'ignore']));
  return {
    profiles: {
      nothing: { extends: 'baseline', templates: 'deny', checks: nothing },
      'in-none': {
        extends: 'nothing',
        checks: Object.fromEntries(inNone.map((place) => [place.check, ruleOf(place)])),
      },
      ...Object.fromEntries(
        namespaced.map((place) => [place.namespace, { extends: 'nothing', checks: { [place.check]: ruleOf(place) } }]),
      ),
    },
    namespaces: [
      { match: [signOf(round)], profile: 'nothing' },
      ...namespaced.map(({ namespace }) => ({ match: [namespace], profile: namespace })),
    ],
    clusterScoped: { profile: 'in-none' },
    mountFuse: {
      namespaces: [
        askingNamespace,
        ...namespaced.filter((place) => place.asksForFuse).map(({ namespace }) => namespace),
      ],
    },
    exemptions: namespaced.filter(hasPaths).map(exemptionOf),
  };
}

/**
 * Paths that profiles allow must not hold each other, and those of cases do. Exemptions of different namespaces may, and
 * tolerate by the same code.
 */
function hasPaths({ allow, namespace }: Place): boolean {
  return namespace !== '' && typeof allow === 'object' && allow !== null && 'paths' in allow;
}

function ruleOf(place: Place): object {
  const { site, allow } = place;
  return { action: 'deny', ...site, ...(allow === undefined || hasPaths(place) ? {} : { allow }) };
}

function exemptionOf({ namespace, check, allow }: Place): object {
  const lasting = { owner: 'tests', reason: 'a case of a check', expires: 'never', acceptNoExpiry: true };
  return { name: namespace, namespaces: [namespace], allow: { [check]: allow }, ...lasting };
}
