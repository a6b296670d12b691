import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What was compared with the oracle in one run, in which the two agreed: a disagreement would have ended it. */
export interface OracleFigures {
  readonly pods: number;
  readonly checks: readonly OracleRate[];
}

/** In how many pods a check found something, and in how many nothing else was found that could hide a loss of it. */
export interface OracleRate {
  readonly id: string;
  readonly found: number;
  readonly alone: number;
}

const file = fileURLToPath(new URL('../../../reports/oracle.json', import.meta.url));

/** Keeps the figures of a run for the nightly's report. */
export function keepFigures(figures: OracleFigures): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(figures)}\n`);
}

/** Reads the figures of the last run; throws when there was none. */
export function readFigures(): OracleFigures {
  return JSON.parse(readFileSync(file, 'utf8')) as OracleFigures;
}
