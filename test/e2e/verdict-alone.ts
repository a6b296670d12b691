import { checks } from '../../src/checks/registry.ts';
import { readCases } from '../harness/cases.ts';
import type { Placed } from '../harness/verdict-places.ts';
import { saidOf } from './case-unseen.ts';

/** A block of the check reference: judged by its check and by nothing else, with the settings of the case that it shows. */
export interface AloneBlock extends Placed {
  readonly check: string;
  /** Of its own, since a profile has a check once. */
  readonly namespace: string;
}

const folder = new URL('../../src/checks/', import.meta.url);

/** Gives each block a namespace. */
export function aloneBlock(block: Placed): AloneBlock {
  const check = checkOf(block.place);
  return { ...block, check, namespace: `${check}-${block.verdict.outcome}` };
}

/** What the API server says of a block whose field it refuses or does not see; undefined of every other one. */
export function saidOfAlone({ place, verdict }: Placed): string | undefined {
  const check = checkOf(place);
  return verdict.outcome === 'deny'
    ? saidOf.get(`${check}, found: ${readCases(folder, check).instead.before.name}`)
    : undefined;
}

function checkOf(place: string): string {
  const [, check = ''] = /^docs\/checks\/(.*)\.md:/.exec(place) ?? [];
  if (!checks.some(({ id }) => id === check)) throw new Error(`${place} is not on the page of a check.`);
  return check;
}

/**
 * The configuration in which each block's check alone judges what is in its namespace; and of one block, what is in none.
 * Paths are tolerated by exemptions, since those that profiles allow must not hold each other, and those of blocks do.
 */
export function configurationAlone(blocks: readonly AloneBlock[]): object {
  const places = blocks.map((block) => ({ ...block, ...settingsOf(block) }));
  const [only] = places;
  const nothing = Object.fromEntries(checks.map(({ id }) => [id, 'ignore']));
  return {
    profiles: {
      nothing: { extends: 'baseline', templates: 'deny', checks: nothing },
      ...Object.fromEntries(
        places.map(({ namespace, check, rule }) => [namespace, { extends: 'nothing', checks: { [check]: rule } }]),
      ),
    },
    namespaces: places.map(({ namespace }) => ({ match: [namespace], profile: namespace })),
    ...(places.length === 1 && only !== undefined ? { clusterScoped: { profile: only.namespace } } : {}),
    mountFuse: { namespaces: places.filter(({ asksForFuse }) => asksForFuse).map(({ namespace }) => namespace) },
    exemptions: places.flatMap(({ exemption }) => exemption),
  };
}

function settingsOf({ check, namespace, verdict }: AloneBlock) {
  const { before, after } = readCases(folder, check).instead;
  const { site, allow, namespace: told } = verdict.outcome === 'allow' ? after : before;
  const hasPaths = typeof allow === 'object' && allow !== null && 'paths' in allow;
  const lasting = { owner: 'tests', reason: 'the page of a check', expires: 'never', acceptNoExpiry: true };
  return {
    rule: { action: 'deny', ...site, ...(allow === undefined || hasPaths ? {} : { allow }) },
    exemption: hasPaths ? [{ name: namespace, namespaces: [namespace], allow: { [check]: allow }, ...lasting }] : [],
    asksForFuse: told === 'gitlab',
  };
}
