// How often each check has a finding in the generated pods: node test/properties/oracle/rates.ts [seed]
import fc from 'fast-check';
import { oraclePod } from './arbitrary.ts';
import { oracle, oracleIds } from './oracle.ts';

const numRuns = 5_000;

/** Of each check, and of `clean` for pods without any finding, the percentage of the generated pods. */
export function hitRates(seed: number): ReadonlyMap<string, number> {
  const hits = new Map(['clean', ...oracleIds].map((id) => [id, 0]));
  for (const pod of fc.sample(oraclePod, { numRuns, seed })) {
    const found = oracle(pod);
    for (const id of found.size === 0 ? ['clean'] : found) hits.set(id, (hits.get(id) ?? 0) + 1);
  }
  return new Map([...hits].map(([id, count]) => [id, (100 * count) / numRuns]));
}

if (import.meta.main) {
  const seed = Number(process.argv[2] ?? '1');
  for (const [id, rate] of [...hitRates(seed)].sort((a, b) => a[1] - b[1])) {
    console.log(`${rate.toFixed(1).padStart(5)} %  ${id}`);
  }
}
