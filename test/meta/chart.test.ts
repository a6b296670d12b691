import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { configurationJsonSchema } from '../../src/config/json-schema.ts';
import { chartReadmeFile, chartSchemaFile } from '../../src/generate/chart/files.ts';
import { type ChartValue, readChartValues } from '../../src/generate/chart/values-comments.ts';
import { valuesSchemaFile } from '../../src/generate/chart/values-schema.ts';
import { generatedTemplates } from '../../src/generate/chart/webhook-parts.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (file: string) => readFileSync(root + file, 'utf8');
const chart = 'charts/pratique';
const schema = JSON.parse(read(`${chart}/values.schema.json`));
const values = readChartValues(read(`${chart}/values.yaml`));
const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true, strict: false }).compile(schema);
const refusals = (value: unknown) => {
  validate(value);
  return (validate.errors ?? []).map(({ instancePath, message, params }) =>
    [instancePath, message, params['additionalProperty']].filter((part) => part !== undefined).join(' '),
  );
};

test.each([
  ['values.schema.json', chartSchemaFile],
  ['README.md', chartReadmeFile],
  ['templates/_generated.tpl', generatedTemplates],
])('%s is fresh', (file, content) => {
  expect(read(`${chart}/${file}`), 'run npm run generate').toBe(content());
});

test('chart and program have one version', () => {
  const { version, appVersion } = parse(read(`${chart}/Chart.yaml`));
  const program = JSON.parse(read('package.json')).version;
  expect({ version, appVersion }).toEqual({ version: program, appVersion: program });
});

test('the defaults and the values of ci are valid', () => {
  const files = readdirSync(`${root}${chart}/ci`);
  expect(files.length).toBeGreaterThan(10);
  for (const file of ['values.yaml', ...files.map((name) => `ci/${name}`)]) {
    expect({ file, refusals: refusals(parse(read(`${chart}/${file}`))) }).toEqual({ file, refusals: [] });
  }
});

test('everything of the configuration but its head can be a value', () => {
  const { apiVersion: _, kind: _kind, ...ours } = configurationJsonSchema()['properties'] as Record<string, unknown>;
  expect(schema.$defs.configuration.properties).toEqual(ours);
  expect(Object.keys(ours)).toContain('exemptions');
  expect(schema.$defs.configuration.additionalProperties).toBe(false);
});

describe('the schema', () => {
  test.each([
    [{ failurPolicy: 'Fail' }, 'failurPolicy'],
    [{ webhook: { bootstrapNamespace: [] } }, 'bootstrapNamespace'],
    [{ config: { default: { mod: 'enforce' } } }, 'mod'],
    [{ config: { kind: 'PratiqueConfiguration' } }, 'kind'],
    [{ podSecurityContext: { runAsUsr: 1 } }, 'runAsUsr'],
    [{ affinity: { podAffinities: {} } }, 'podAffinities'],
  ])('refuses %j', (value, name) => {
    expect(refusals(value)).toEqual([
      expect.stringMatching(new RegExp(`must NOT have additional properties ${name}$`)),
    ]);
  });

  test('is closed wherever it tells of an object, but where keys are free', () => {
    const open: string[] = [];
    const look = (node: unknown, path: string): void => {
      if (typeof node !== 'object' || node === null) return;
      const { type, properties, additionalProperties } = node as Record<string, unknown>;
      if (properties !== undefined && type === 'object' && additionalProperties !== false) open.push(path);
      if (type === 'object' && properties === undefined && additionalProperties === undefined) open.push(path);
      for (const [key, value] of Object.entries(node)) look(value, `${path}/${key}`);
    };
    look(schema, '');
    expect(open).toEqual(['/properties/global']); // what the charts above share is theirs
  });
});

describe('values.yaml', () => {
  const leavesOf = (value: ChartValue): readonly ChartValue[] =>
    value.children.length === 0 || '$ref' in value.schema ? [value] : value.children.flatMap(leavesOf);
  const leaves = values.flatMap(leavesOf);
  const folder = `${chart}/templates`;
  const templates = readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(yaml|tpl|txt)$/.test(name))
    .map((name) => read(`${folder}/${name}`));

  test('describes each value', () => {
    expect(leaves.length).toBeGreaterThan(80);
    expect(leaves.filter(({ description }) => !/^[A-Z].*\.$/.test(description)).map(({ path }) => path)).toEqual([]);
  });

  test('has each value that a template reads, and no other', () => {
    const known = new Set(values.flatMap(pathsOf));
    const used = templates.flatMap((text) =>
      [...text.matchAll(/\.Values\.([A-Za-z.]+)/g)].map(([, path = '']) => path),
    );
    expect(used.filter((path) => !known.has(path) && !path.startsWith('config.'))).toEqual([]);
    const unread = leaves.map(({ path }) => path).filter((path) => !used.includes(path) && !isReadBelow(path));
    expect(unread).toEqual([]);
  });

  test('is shown whole in the README', () => {
    const readme = read(`${chart}/README.md`);
    expect(leaves.filter(({ path }) => !readme.includes(`| \`${path}\` |`)).map(({ path }) => path)).toEqual([]);
  });

  /** By a template that prints the whole of a parent, or names the rest of the path in a `with` or a variable of it. */
  const isReadBelow = (path: string): boolean => {
    const keys = path.split('.');
    return keys.slice(1).some((_, index) => {
      const parent = `\\.Values\\.${keys.slice(0, index + 1).join('\\.')}\\b`;
      const rest = keys.slice(index + 1).join('.');
      return templates.some((text) => {
        const variable = new RegExp(`\\$(\\w+) := ${parent}`).exec(text)?.[1];
        if (new RegExp(`toYaml ${parent}`).test(text)) return true;
        if (variable !== undefined)
          return text.includes(`$${variable}.${rest}`) || text.includes(`toYaml $${variable}`);
        return new RegExp(`with ${parent} `).test(text) && new RegExp(`[ (]\\.${rest}\\b`).test(text);
      });
    });
  };

  const pathsOf = (value: ChartValue): readonly string[] => [value.path, ...value.children.flatMap(pathsOf)];
});

describe('a value whose form nothing tells', () => {
  test.each([
    ['names: []\n', 'names: a list needs items in its @schema.'],
    ['labels: {}\n', 'labels: an object without keys needs a @schema.'],
  ])('%j', (text, message) => {
    expect(() => valuesSchemaFile(readChartValues(text))).toThrow(message);
  });
});

test('the comments of a value are read as they are written', () => {
  const text = 'a:\n  # -- First line,\n  # and the second.\n  # @schema {minimum: 1}\n  b: 2\n\n# Not this.\n\nc: x\n';
  expect(readChartValues(text)).toEqual([
    {
      path: 'a',
      default: { b: 2 },
      description: '',
      schema: {},
      children: [
        { path: 'a.b', default: 2, description: 'First line, and the second.', schema: { minimum: 1 }, children: [] },
      ],
    },
    { path: 'c', default: 'x', description: '', schema: {}, children: [] },
  ]);
});

describe('docs/install.md', () => {
  const page = read('docs/install.md');

  test('sets values that there are', () => {
    const assignments = [...page.matchAll(/--set ([^\s`]+)/g)].flatMap(([, list = '']) => list.split(','));
    expect(assignments).toContain('config.default.mode=enforce');
    for (const assignment of assignments) {
      const [path = '', text = ''] = assignment.split('=');
      const value = path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), parse(text));
      expect({ assignment, refusals: refusals(value) }).toEqual({ assignment, refusals: [] });
    }
  });

  test('shows values that are valid', () => {
    const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text);
    expect(blocks.map((text) => refusals(parse(text)))).toEqual([[]]);
  });

  test('names values that there are', () => {
    const known = values.flatMap(function pathsOf(value): readonly string[] {
      return [value.path, ...value.children.flatMap(pathsOf)];
    });
    const groups = new Set(values.filter(({ children }) => children.length > 0).map(({ path }) => path));
    const named = [...page.matchAll(/`([a-z][A-Za-z]+)\.([A-Za-z.]+)(?:: [^`]+)?`/g)]
      .filter(([, group = '']) => groups.has(group) && group !== 'config')
      .map(([, group, rest]) => `${group}.${rest}`);
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((path) => !known.includes(path))).toEqual([]);
  });
});
