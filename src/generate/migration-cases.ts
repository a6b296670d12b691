import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { spread, type WrittenCase } from '../checks/case.ts';
import { checks } from '../checks/registry.ts';
import { readWrittenCases } from './cases.ts';

const folder = new URL('../checks/', import.meta.url);

type Side = 'found' | 'clean';

/** Cases that the API server refuses, or takes without the field that they are about, as the end-to-end tests know them. */
const unseen = parse(readFileSync(new URL('../../test/e2e/cases.unseen.yaml', import.meta.url), 'utf8')) as readonly {
  readonly cases: Readonly<Record<string, Readonly<Partial<Record<Side, readonly string[]>>>>>;
}[];

/**
 * Makes the cases that policies of others are judged by: of every check what it finds and what it does not, as written.
 *
 * Cases with settings of a site or an allowance are left out: their verdict is not that of a configuration without them.
 * So are those that no admission ever sees.
 */
export function migrationCases(): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    checks.map(({ id }) => {
      const { found, clean, instead } = readWrittenCases(folder, id);
      const after = { name: 'what is done instead', ...instead.after };
      return [id, { found: kept(id, 'found', found), clean: kept(id, 'clean', [...clean, after]) }];
    }),
  );
}

function kept(check: string, side: Side, cases: readonly WrittenCase[]): readonly unknown[] {
  const left = new Set(unseen.flatMap(({ cases: known }) => known[check]?.[side] ?? []));
  return cases
    .filter(({ site, allow }) => site === undefined && allow === undefined)
    .flatMap((one) => {
      const all = spread(one);
      const seen = all.filter(({ name }) => !left.has(name));
      if (seen.length === all.length) return [one];
      // Of a case that is spread out, what is left keeps the values that it was spread over.
      const values = one.each?.filter((_, index) => !left.has(all[index]?.name ?? '')) ?? [];
      return values.length === 0 ? [] : [{ ...one, each: values }];
    })
    .map(({ name, each, metadata, spec, object }) => ({ name, each, metadata, spec, object }));
}
