import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { mapAt, objectsAt, textAt } from '../../src/kubernetes/fields.ts';
import type { Fields } from '../../src/kubernetes/shape.ts';
import type { Difference, RuleReport } from '../../src/migrate/result.ts';
import { runProcess, type TemporaryFolder, temporaryFolder } from '../harness/processes.ts';
import { expectedRules } from './migrate-expected.ts';
import { kyvernoProgram, type MigrateRun, rulesByName, runMigrate } from './migrate-statements.ts';

let page: string;
let blocks: readonly string[];
let folder: TemporaryFolder;
let run: MigrateRun;
let rule: RuleReport;
let pods: string;

beforeAll(async () => {
  page = await readFile(new URL('../../docs/replace-kyverno.md', import.meta.url), 'utf8');
  blocks = [...page.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, block = '']) => block);
  folder = await temporaryFolder('pratique-replace-');
  await writeFile(join(folder.path, 'policy.yaml'), blocks[0] ?? '');
  pods = `${blocks[1]}---\n${blocks[2]}`;
  await writeFile(join(folder.path, 'pods.yaml'), pods);
  const args = [join(folder.path, 'policy.yaml'), '--on', join(folder.path, 'pods.yaml'), '--format', 'json'];
  run = await runMigrate(folder.path, [...args, '--kyverno', await kyvernoProgram()]);
  const [first] = run.json().rules;
  if (first === undefined) throw new Error('the policy of the page has no rule');
  rule = first;
});
afterAll(() => folder?.remove());

/** The rows of the table that begins with a heading. */
function rows(heading: string): readonly string[] {
  const [, after = ''] = page.split(`${heading}\n`);
  const [, ...lines] = after.split('\n\n', 1)[0]?.split('\n') ?? [];
  return lines;
}

/** What the page says of each of its pods, in their order. */
const ownOf = ({ lost, gained, otherwise }: RuleReport): ReadonlyMap<string, Difference> =>
  new Map([...lost, ...gained, ...otherwise].filter(({ from }) => from !== 'case').map((one) => [one.object, one]));

describe('the policy of the article', () => {
  test('the page has the policy, its pods and the configuration', () => {
    expect(blocks).toHaveLength(4);
    expect(run.stderr).toBe('');
    expect(run.code).toBe(0);
    expect(rule).toMatchObject({ policy: 'gitlab/add-fuse-device', verdict: 'stricter', compared: { own: 7 } });
  });

  test('the table says of each pod what both make of it', () => {
    const own = ownOf(rule);
    const answered = [...pods.matchAll(/^metadata: \{ name: ([a-z-]+), namespace: ([a-z-]+)/gm)].map(
      ([, name = '', namespace = ''], index) => {
        const { kyverno = '', pratique = '' } = own.get(`Pod ${namespace}/${name}`) ?? {};
        // Of several reasons for a denial the page tells the first.
        const [short = ''] = pratique.startsWith('denied') ? pratique.split('; ') : [pratique];
        return `| ${index + 1} | \`${namespace}/${name}\` | ${kyverno} | ${short} |`;
      },
    );
    expect(answered).toHaveLength(7);
    expect(rows('| # | pod | Kyverno | Pratique |')).toEqual(answered);
  });

  test('the configuration is the one that is written', async () => {
    expect(blocks[3]).toBe(run.configuration);
    const file = new URL('../../deploy/replace-kyverno/pratique.yaml', import.meta.url);
    expect(await readFile(file, 'utf8')).toBe(run.configuration);
  });

  test.for([
    ['it loses limits', 'Pod gitlab/job-with-limits', /build loses its limit cpu=2; build loses its limit memory=4Gi/],
    ['it means container 0', 'Pod gitlab/workflow', /^wait gets squat\.ai\/fuse$/],
    ['it ends at its namespace', 'Pod team-a/job', /^nothing is changed$/],
    ['anybody may use it', 'Pod gitlab/anybody', /^tools gets squat\.ai\/fuse$/],
  ] as const)('%s', ([, object, says]) => {
    expect(ownOf(rule).get(object)?.kyverno).toMatch(says);
  });
});

test("what Kyverno's own command line leaves of the pods is what the page says, without the program between", async () => {
  const left = join(folder.path, 'left.yaml');
  const args = [
    'apply',
    join(folder.path, 'policy.yaml'),
    '--resource',
    join(folder.path, 'pods.yaml'),
    '--output',
    left,
  ];
  await runProcess(await kyvernoProgram(), args);
  const written = parseAllDocuments(await readFile(left, 'utf8')).map((document) => document.toJS() as Fields | null);
  const limits = Object.fromEntries(
    written.flatMap((pod) => {
      if (pod === null) return [];
      const name = `${textAt(pod, 'metadata', 'namespace')}/${textAt(pod, 'metadata', 'name')}`;
      return [[name, objectsAt(pod, 'spec', 'containers').map((one) => mapAt(one, 'resources', 'limits'))]];
    }),
  );
  const device = { 'squat.ai/fuse': '1' };
  expect(limits).toMatchObject({
    'gitlab/job': [device, {}],
    'gitlab/job-with-limits': [device, {}],
    'gitlab/job-in-a-mesh': [device, {}, {}],
    'gitlab/workflow': [device, {}],
    'gitlab/anybody': [device],
  });
  expect(limits['gitlab/job-with-limits']?.[0]).toEqual(device);
});

test('the page tells what each policy of the fixtures is said to be', async () => {
  const rules = await rulesByName();
  const told = Object.entries(expectedRules).map(([name, [verdict, ...checks]]) => {
    const file = rules.get(name)?.source.split('/').at(-1) ?? '';
    const [, ...words] = name.split(': ');
    return `| \`${file}\` | ${words.join(': ')} | \`${verdict}\` | ${checks.map((check) => `\`${check}\``).join(', ')} |`;
  });
  expect(rows('| policy | rule | verdict | covered by |')).toEqual(told.map((row) => row.replace(/ {2}\|$/, ' |')));
});

test('the page tells every verdict that there is', () => {
  const told = rows('| verdict | means | exit code |').map((row) => /^\| `([a-z]+)`/.exec(row)?.[1]);
  expect(told).toEqual(['equal', 'stricter', 'looser', 'partly', 'left', 'unproven']);
});
