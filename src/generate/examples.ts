import { stringify } from 'yaml';
import { spread, type WrittenCase, type WrittenInstead } from '../checks/case.ts';
import type { Check } from '../checks/check.ts';
import { checks } from '../checks/registry.ts';
import type { Examples } from '../output/explanation.ts';
import { readWrittenCases, type WrittenCases, writtenBefore } from './cases.ts';

const folder = new URL('../checks/', import.meta.url);
/** So many cases of each side are named. */
const mostNamed = 8;

/** Makes the examples of every check from its cases, by its id: src/output/examples.json. */
export function examplesOfChecks(): Readonly<Record<string, Examples>> {
  return Object.fromEntries(checks.map((check) => [check.id, examplesOf(check, readWrittenCases(folder, check.id))]));
}

function examplesOf(check: Check, cases: WrittenCases): Examples {
  const { after } = cases.instead;
  const { site, allow } = after;
  const given = { ...site, ...(allow === undefined ? {} : { allow }) };
  const configuration = configurationOf(check, cases);
  return {
    before: yaml(shown(writtenBefore(check.id, cases))),
    after: yaml(shown(after)),
    ...(Object.keys(given).length === 0 ? {} : { given: yaml(given) }),
    ...(configuration === undefined ? {} : { configuration: yaml(configuration) }),
    found: cases.found.slice(0, mostNamed).map(({ name }) => name),
    clean: cases.clean.slice(0, mostNamed).map(({ name }) => name),
  };
}

/** A case without what the tests add to it: a fragment of a pod, or an object. */
function shown({ object, namespace, metadata, spec }: WrittenInstead): unknown {
  if (object !== undefined) return object;
  const all = { ...(namespace === undefined ? {} : { namespace }), ...metadata };
  return { ...(Object.keys(all).length === 0 ? {} : { metadata: all }), ...(spec === undefined ? {} : { spec }) };
}

/** A configuration with every setting of the check, as its cases have them; undefined when there is none to write. */
function configurationOf(check: Check, { found, clean, allowed }: WrittenCases): unknown {
  const site = settingsIn(check, [...found, ...clean], 'site');
  const allow = settingsIn(check, allowed, 'allow');
  if (Object.keys(site).length + Object.keys(allow).length === 0) return undefined;
  const entry = { action: 'deny', ...site, ...(Object.keys(allow).length === 0 ? {} : { allow }) };
  return {
    apiVersion: 'pratique.dev/v1alpha1',
    kind: 'PratiqueConfiguration',
    profiles: { example: { checks: { [check.id]: entry } } },
  };
}

/** Each setting as the first case has it that has it; throws when none has, so that every one is shown. */
function settingsIn(check: Check, cases: readonly WrittenCase[], field: 'site' | 'allow'): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  for (const [name, { kind }] of Object.entries(check[field])) {
    if (kind === 'fuse') continue;
    const first = cases.map((one) => settingOf(one, field, name)).find((setting) => setting !== undefined);
    if (first === undefined) throw new Error(`${check.id}: no case shows the setting ${name} of ${field}; add one.`);
    settings[name] = first;
  }
  return settings;
}

function settingOf(written: WrittenCase, field: 'site' | 'allow', name: string): unknown {
  // A case that is spread over several values is shown with the first of them.
  const settings = spread(written)[0]?.[field];
  if (typeof settings !== 'object' || settings === null) return undefined;
  return (settings as Readonly<Record<string, unknown>>)[name];
}

function yaml(value: unknown): string {
  return stringify(value, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false });
}
