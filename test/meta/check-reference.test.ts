import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import type { Fragment } from '../../src/checks/case.ts';
import { findIn } from '../../src/checks/check.ts';
import { checks } from '../../src/checks/registry.ts';
import { profileFile } from '../../src/config/builtin.ts';
import { builtInProfiles } from '../../src/config/builtin-names.ts';
import { equivalents } from '../../src/facts/equivalents.ts';
import { caseSubject, completeCase, readCases } from '../harness/cases.ts';
import { findingsInstead } from '../harness/instead.ts';
import { ruleFor } from '../harness/rules.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const cases = new URL('../../src/checks/', import.meta.url);
const ids = checks.map(({ id }) => id);
const index = readFileSync(`${root}docs/checks/README.md`, 'utf8');

test('the checks are those of the pages, of the cases, of the list, of each profile and of the JSON Schema', () => {
  const idsIn = (folder: string, ending: string) =>
    readdirSync(root + folder).flatMap((file) => (file.endsWith(ending) ? [file.slice(0, -ending.length)] : []));
  expect(idsIn('docs/checks', '.md').toSorted()).toEqual(['README', ...ids]);
  expect(idsIn('src/checks', '.cases.yaml').toSorted()).toEqual(ids);
  expect([...index.matchAll(/^\| \[`([^`]+)`\]/gm)].map(([, id]) => id)).toEqual(ids);
  for (const profile of builtInProfiles) expect(Object.keys(profileFile(profile).checks).toSorted()).toEqual(ids);
  const schema = JSON.parse(readFileSync(`${root}docs/configuration.schema.json`, 'utf8'));
  const entries = schema.properties.profiles.additionalProperties.properties.checks.properties;
  expect(Object.keys(entries).toSorted()).toEqual(ids);
});

test('the list of checks has the action of each in each profile', () => {
  const [, head = ''] = /^\| check \| what is wrong \| severity \| (.*) \|$/m.exec(index) ?? [];
  const profiles = head.split(' | ').map((cell) => cell.replaceAll('`', ''));
  expect(profiles.toSorted()).toEqual([...builtInProfiles].sort());
  for (const { id, title, severity } of checks) {
    const actions = profiles.map((name) => actionIn(name as (typeof builtInProfiles)[number], id));
    expect(index).toContain(`| [\`${id}\`](${id}.md) | ${title} | ${severity} | ${actions.join(' | ')} |\n`);
  }
});

test('the front page names each check beside its action in the default profile', () => {
  const text = readFileSync(`${root}README.md`, 'utf8');
  for (const action of ['deny', 'warn', 'ignore']) {
    const [, row = ''] = new RegExp(`^\\| ${action}\\b[^|]*\\| (.*) \\|$`, 'm').exec(text) ?? [];
    const named = [...row.matchAll(/`([^`]+)`/g)].map(([, id]) => id);
    expect(named.toSorted()).toEqual(ids.filter((id) => actionIn('dind', id) === action));
  }
});

test('what asks for the same elsewhere is told of checks that there are', () => {
  expect(Object.keys(equivalents).filter((id) => !ids.includes(id))).toEqual([]);
  expect(Object.keys(equivalents)).toEqual(Object.keys(equivalents).toSorted());
});

test('links from the docs to files of this repository lead somewhere', () => {
  const pages = ['README.md', 'CONTRIBUTING.md', ...markdownIn('docs').map((file) => `docs/${file}`)];
  const links = pages.flatMap((page) => linksIn(page).map((target) => ({ page, target })));
  expect(links.length).toBeGreaterThan(ids.length);
  expect(links.filter(({ page, target }) => !existsSync(join(root, dirname(page), target)))).toEqual([]);
});

describe.each(checks.map((check) => ({ id: check.id, check })))('$id', ({ id, check }) => {
  const page = readFileSync(`${root}docs/checks/${id}.md`, 'utf8');
  const { found, clean, instead } = readCases(cases, id);

  test('has a page with its fields, and with the words that explain it', () => {
    const words = [check.title, check.why, check.remedy, ...(check.gitlab === undefined ? [] : [check.gitlab])];
    const told = page.replaceAll(/\\([<*])/g, '$1');
    const named = check.restricts.flatMap((one) => [...one.fields.map((field) => `\`${field}\``), one.allowed]);
    expect([...words, ...named].filter((one) => !told.includes(one))).toEqual([]);
  });

  test('finds something in what its page says not to write, and nothing in what it says to write', () => {
    const [before, after] = examplesOn(page);
    const { site } = instead.before;
    expect(findIn(check, caseSubject(written(before)), ruleFor(id, site).site)).not.toEqual([]);
    const { site: ownSite, allow } = instead.after;
    expect(findingsInstead(check, { ...written(after), site: ownSite, allow })).toEqual([]);
  });

  test('has only cases on its page that are cases', () => {
    const [, foundItems = '', cleanItems = ''] =
      /Something is found in\n\n((?:- .*\n)+)\nand nothing in\n\n((?:- .*\n)+)$/.exec(page) ?? [];
    const items = (list: string) =>
      list
        .replaceAll(/\\([<*])/g, '$1')
        .split('\n')
        .slice(0, -1);
    const among = (all: readonly { readonly name: string }[], item: string) =>
      all.some(({ name }) => name === item.slice(2) || name.startsWith(`${item.slice(2)}: `));
    expect(items(foundItems).length).toBeGreaterThan(0);
    expect(items(cleanItems).length).toBeGreaterThan(0);
    expect(items(foundItems).filter((item) => !among(found, item))).toEqual([]);
    expect(items(cleanItems).filter((item) => !among(clean, item))).toEqual([]);
  });
});

function actionIn(profile: (typeof builtInProfiles)[number], id: string): string | undefined {
  const entry = profileFile(profile).checks[id];
  return typeof entry === 'string' ? entry : entry?.action;
}

/** The YAML below "Instead of" and below "write". */
function examplesOn(page: string): readonly [before: string, after: string] {
  const [, before = '', after = ''] =
    /^Instead of\n\n<!-- .* -->\n```yaml\n([^`]*)```\n\nwrite\n\n<!-- .* -->\n```yaml\n([^`]*)```$/m.exec(page) ?? [];
  return [before, after];
}

/** A case of what a page shows, which must be YAML as kubectl reads it: a pod's fragment, or a whole object. */
function written(text: string) {
  const document = parseDocument(text, { version: '1.1', strict: true, uniqueKeys: true });
  expect([...document.errors, ...document.warnings]).toEqual([]);
  const value = document.toJS() as Fragment & { readonly kind?: string };
  expect(Object.keys(value).length).toBeGreaterThan(0);
  if (value.kind !== undefined) return completeCase({ object: value as Record<string, unknown> });
  const namespace = value.metadata?.['namespace'];
  return completeCase({ ...value, ...(typeof namespace === 'string' ? { namespace } : {}) });
}

function markdownIn(folder: string): readonly string[] {
  return readdirSync(root + folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.md'));
}

/** The targets of links, but for those of the web, without what is after `#`. */
function linksIn(page: string): readonly string[] {
  const text = readFileSync(root + page, 'utf8').replaceAll(/^```.*?^```/gms, '');
  const targets = [...text.matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => !/^[a-z]+:/.test(target)).map((target) => target.split('#')[0] ?? '');
}
