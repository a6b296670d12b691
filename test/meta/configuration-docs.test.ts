import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Check, Shape } from '../../src/checks/check.ts';
import { checks } from '../../src/checks/registry.ts';
import { profileFile } from '../../src/config/builtin.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { stricter } from '../e2e/pod-security-stricter.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const now = Date.UTC(2026, 10, 21);

/** A configuration that users are shown. */
interface Example {
  readonly place: string;
  readonly text: string;
}

const reference = examplesOfPage('docs/configuration.md');
const pages = readdirSync(`${root}docs`, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.md'));
const examples = [
  ...pages.flatMap((page) => examplesOfPage(`docs/${page}`)),
  ...(existsSync(`${root}README.md`) ? examplesOfPage('README.md') : []),
  ...examplesOfFolder('deploy/examples'),
];

test('the reference has an example for every section', () => {
  const sections = ['profiles', 'namespaces', 'default', 'mountFuse', 'exemptions', 'breakGlass'];
  const shown = reference.map(({ text }) => text).join('\n');
  expect(sections.filter((section) => !new RegExp(`^${section}:`, 'm').test(shown))).toEqual([]);
});

test('the reference tells of every field and of every built-in name', () => {
  const page = readFileSync(`${root}docs/configuration.md`, 'utf8');
  const words = [...fieldsOf(schemaOf()), ...namesOf('profiles'), ...namesOf('builders')];
  expect(words.length).toBeGreaterThan(40);
  expect(words.filter((word) => !page.includes(word))).toEqual([]);
});

test.each(['baseline', 'restricted'] as const)('the reference lists what %s denies beyond the standards', (name) => {
  const page = readFileSync(`${root}docs/configuration.md`, 'utf8');
  const [, table = ''] = /^\| check \| denied although .*\|\n\| --- \| --- \|\n((?:\|.*\n)+)/m.exec(page) ?? [];
  const told = [...table.matchAll(/^\| `([^`]+)`(?:, in `([^`]+)`)? \|/gm)].filter(
    ([, , only = name]) => only === name,
  );
  // What is denied of other objects than pods is beyond: the standards are about pods.
  const actions: Readonly<Record<string, unknown>> = profileFile(name).checks;
  const denied = ({ id }: Check) => [actions[id], (actions[id] as { action?: unknown })?.action].includes('deny');
  const ofOthers = checks.filter((check) => denied(check) && Object.keys(check.find).some((kind) => kind !== 'pod'));
  expect(ofOthers.length).toBeGreaterThan(0);
  expect(told.map(([, id]) => id)).toEqual([...stricter.map(({ check }) => check), ...ofOthers.map(({ id }) => id)]);
});

describe.each(checks.filter(({ site, allow }) => Object.keys({ ...site, ...allow }).length > 0))('$id', (check) => {
  const [, settings = ''] = readFileSync(`${root}docs/checks/${check.id}.md`, 'utf8').split('\n## Settings\n');
  const [own = ''] = settings.split('\n## ');
  const [example] = examplesIn(own, check.id);
  const written = (shape: Shape) => Object.keys(shape).filter((name) => shape[name]?.kind !== 'fuse');

  test('has each of its settings on its page, and in an example', () => {
    const names = [...Object.keys(check.site), ...Object.keys(check.allow).map((name) => `allow.${name}`)];
    expect(names.filter((name) => !`\n${own}`.includes(`\n- \`${name}\` (`))).toEqual([]);
    const entry = parse(example?.text ?? '{}').profiles?.example.checks[check.id] ?? { action: 'deny' };
    const { action, allow = {}, ...site } = entry;
    expect({ action, site: Object.keys(site), allow: Object.keys(allow) }).toEqual({
      action: 'deny',
      site: written(check.site),
      allow: written(check.allow),
    });
  });
});

test('the examples are those of every page and of every folder', () => {
  const places = examples.map(({ place }) => place.replace(/:\d+$/, ''));
  for (const place of [
    'docs/exemptions.md',
    'docs/checks/host-path-unlisted.md',
    'deploy/examples/exemptions/falco.yaml',
  ]) {
    expect(places).toContain(place);
  }
});

describe.each(examples)('$place', ({ text }) => {
  test('is valid', () => {
    expect(load(text)).toEqual({ problems: [], hash: expect.stringMatching(/^[0-9a-f]{12}$/) });
  });

  test('is the same after a trip through Helm', () => {
    // Helm reads values as YAML 1.1 into JSON, and toYaml writes them anew.
    const values = JSON.parse(JSON.stringify(parse(text, { version: '1.1' })));
    expect(load(stringify(values, { version: '1.1' }))).toEqual(load(text));
    expect(load(stringify(parse(text, { version: '1.1' }), { version: '1.1' }))).toEqual(load(text));
  });
});

function load(text: string): { readonly problems: readonly string[]; readonly hash: string } {
  const result = loadConfiguration(text, now);
  if (result.kind === 'configuration') return { problems: [], hash: result.configuration.hash };
  return { problems: result.problems.map(({ path, message }) => `${path}: ${message}`), hash: '' };
}

function examplesOfPage(page: string): readonly Example[] {
  return examplesIn(readFileSync(root + page, 'utf8'), page);
}

function examplesIn(text: string, page: string): readonly Example[] {
  return [...text.matchAll(/^```yaml\n(.*?)^```/gms)].flatMap((match) => {
    const line = text.slice(0, match.index).split('\n').length + 1;
    return configurationsIn(match[1] ?? '', `${page}:${line}`);
  });
}

function examplesOfFolder(folder: string): readonly Example[] {
  return readdirSync(root + folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.ya?ml$/.test(file))
    .flatMap((file) => configurationsIn(readFileSync(`${root}${folder}/${file}`, 'utf8'), `${folder}/${file}`));
}

function configurationsIn(text: string, place: string): readonly Example[] {
  return /^kind: PratiqueConfiguration$/m.test(text) ? [{ place: relative('', place), text }] : [];
}

type Schema = Readonly<Record<string, unknown>>;

function schemaOf(): Schema {
  return JSON.parse(readFileSync(`${root}docs/configuration.schema.json`, 'utf8'));
}

/** The names of all fields, but for those of the checks, which have a reference of their own. */
function fieldsOf(schema: Schema): readonly string[] {
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, Schema>>;
  const inner = [schema['items'], schema['additionalProperties']].filter((one) => typeof one === 'object');
  return [
    ...Object.keys(properties),
    ...Object.entries(properties).flatMap(([name, one]) =>
      name === 'checks' || name === 'allow' ? [] : fieldsOf(one),
    ),
    ...inner.flatMap((one) => fieldsOf(one as Schema)),
  ];
}

function namesOf(folder: string): readonly string[] {
  return readdirSync(`${root}src/config/${folder}`).map((file) => `\`${file.replace('.yaml', '')}\``);
}
