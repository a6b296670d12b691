import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Expectation } from './case-places.ts';

/** Cases that the API server refuses, or takes without the field that they are about. */
interface Unseen {
  /** What it says then, in its message or in a warning. */
  readonly says: string;
  /** By check and expectation: the names of the cases. */
  readonly cases: Readonly<Record<string, Readonly<Partial<Record<Expectation, readonly string[]>>>>>;
}

const unseen = parse(readFileSync(new URL('cases.unseen.yaml', import.meta.url), 'utf8')) as readonly Unseen[];

/** What the API server says of a case that it refuses or does not see; by `check, expectation: name of the case`. */
export const saidOf: ReadonlyMap<string, string> = new Map(
  unseen.flatMap(({ says, cases }) =>
    Object.entries(cases).flatMap(([check, byExpectation]) =>
      Object.entries(byExpectation).flatMap(([expected, names]) =>
        names.map((name) => [`${check}, ${expected}: ${name}`, says] as const),
      ),
    ),
  ),
);
