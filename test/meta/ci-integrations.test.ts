import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { judgeCiFile } from '../../src/manifests/judge.ts';
import { parseDocument } from '../../src/manifests/parse.ts';
import { formats } from '../../src/output/formats.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (file: string) => readFileSync(root + file, 'utf8');

const commands = {
  GitLab: (parse(read('deploy/ci/gitlab-ci.yml')) as { pratique: { script: string[] } }).pratique.script,
  GitHub: (
    parse(read('deploy/ci/github-workflow.yml')) as { jobs: { check: { steps: { run?: string }[] } } }
  ).jobs.check.steps.flatMap(({ run }) => run ?? []),
};

test.each(Object.entries(commands))('the example for %s runs the command as it is', (_system, lines) => {
  expect(lines).toHaveLength(1);
  const [, format, output] = /^npx --yes pratique check --format (\w+) --output (\S+) \.$/.exec(lines[0] ?? '') ?? [];
  expect(formats).toContain(format);
  expect(output).toMatch(/^pratique\.(?:xml|sarif)$/);
});

test.each([
  ['GitLab', 'deploy/ci/gitlab-ci.yml'],
  ['GitHub', 'deploy/ci/github-workflow.yml'],
] as const)('the example for %s asks for no engine itself', (system, file) => {
  const parsed = parseDocument({ index: 0, line: 1, text: read(file) });
  const [object] = parsed.kind === 'objects' ? parsed.objects : [];
  if (object === undefined) throw new Error(`${file} cannot be read.`);
  expect(judgeCiFile(object, file, system).findings).toEqual([]);
});

test('the hook of pre-commit starts the program that the package installs', () => {
  const [hook] = parse(read('.pre-commit-hooks.yaml')) as { entry: string; language: string }[];
  const { bin, scripts } = JSON.parse(read('package.json')) as {
    bin: Record<string, string>;
    scripts: Record<string, string>;
  };
  expect(hook?.language).toBe('node');
  expect(Object.keys(bin)).toContain(hook?.entry.split(' ')[0]);
  // pre-commit packs the repository: what is packed must be built.
  expect(scripts['prepack']).toBe('npm run -s build');
});
