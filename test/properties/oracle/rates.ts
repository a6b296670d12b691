// How often each check has a finding in the generated pods: node test/properties/oracle/rates.ts [seed]
import fc from 'fast-check';
import { oraclePod } from './arbitrary.ts';
import { checksOf, oracle, oracleIds } from './oracle.ts';

/** The check that finds something in every pod, since each has an image and no registry is on the list. */
export const alwaysFound: readonly string[] = ['image-registry'];

/** What every pod has, in addition to whatever else is found in it: an image, and a runtime class or none. */
const background: readonly string[] = ['image-registry', 'runtime-class', 'runtime-class-missing'];

/** What cannot be found without something else, and what comes with it. */
const company: ReadonlyMap<string, readonly string[]> = new Map([
  ['capabilities-extra', ['capabilities-drop']],
  ['dangerous-capabilities', ['capabilities-drop']],
  ['root-group-host-path', ['root-group', 'host-path-unlisted', 'host-path-protected', 'engine-socket-mount']],
]);

/** How often each check has found something, and how often it was the only one. */
interface Tally {
  readonly add: (findings: ReadonlySet<string>) => void;
  readonly found: (id: string) => number;
  readonly alone: (id: string) => number;
  /** Of all that were added. */
  readonly pods: () => number;
}

/** Counts the findings of pods by the ids of the checks. */
export function tallyOf(ids: readonly string[]): Tally {
  const found = new Map(ids.map((id) => [id, 0]));
  const alone = new Map(ids.map((id) => [id, 0]));
  const count = (counts: Map<string, number>, id: string): void => {
    counts.set(id, (counts.get(id) ?? 0) + 1);
  };
  let pods = 0;
  return {
    add: (findings) => {
      pods++;
      const checks = checksOf(findings);
      for (const id of checks) {
        count(found, id);
        const allowed = [id, ...background, ...(company.get(id) ?? [])];
        if ([...checks].every((other) => allowed.includes(other))) count(alone, id);
      }
    },
    found: (id) => found.get(id) ?? 0,
    alone: (id) => alone.get(id) ?? 0,
    pods: () => pods,
  };
}

if (import.meta.main) {
  const numRuns = 5_000;
  const tally = tallyOf(oracleIds);
  for (const pod of fc.sample(oraclePod, { numRuns, seed: Number(process.argv[2] ?? '1') })) tally.add(oracle(pod));
  for (const id of oracleIds.toSorted((a, b) => tally.found(a) - tally.found(b))) {
    const percent = ((100 * tally.found(id)) / numRuns).toFixed(1);
    console.log(`${percent.padStart(5)} %  alone ${String(tally.alone(id)).padStart(4)}  ${id}`);
  }
}
