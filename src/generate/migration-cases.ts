import type { WrittenCase } from '../checks/case.ts';
import { checks } from '../checks/registry.ts';
import { readWrittenCases } from './cases.ts';

const folder = new URL('../checks/', import.meta.url);

/**
 * Makes the cases that policies of others are judged by: of every check what it finds and what it does not, as written.
 *
 * Cases with settings of a site or an allowance are left out: their verdict is not that of a configuration without them.
 */
export function migrationCases(): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    checks.map(({ id }) => {
      const { found, clean, instead } = readWrittenCases(folder, id);
      const after = { name: 'what is done instead', ...instead.after };
      return [id, { found: kept(found), clean: kept([...clean, after]) }];
    }),
  );
}

function kept(cases: readonly WrittenCase[]): readonly unknown[] {
  return cases
    .filter(({ site, allow }) => site === undefined && allow === undefined)
    .map(({ name, each, metadata, spec, object }) => ({ name, each, metadata, spec, object }));
}
