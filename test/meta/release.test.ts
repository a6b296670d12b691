import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { namesOf, type VersionFiles, versionProblems } from '../../src/generate/release.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly needs?: string | readonly string[];
  readonly permissions: Readonly<Record<string, string>>;
  readonly environment?: string;
  readonly 'timeout-minutes'?: number;
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly on: unknown;
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

const texts = readdirSync(new URL('../../.github/workflows', import.meta.url)).map((name) => ({
  name,
  text: read(`.github/workflows/${name}`),
}));
const named = (name: string) => parse(texts.find((one) => one.name === name)?.text ?? '') as Workflow;
const stepsOf = ({ jobs }: Workflow) => Object.values(jobs).flatMap(({ steps }) => steps);
const workflow = named('release.yml');
const jobs = Object.entries(workflow.jobs);
const steps = stepsOf(workflow);
const runs = steps.flatMap(({ run }) => run ?? []);

describe('the workflows', () => {
  const all = texts.map(({ text }) => parse(text) as Workflow);
  const used = all.flatMap(stepsOf).flatMap(({ uses }) => uses ?? []);

  test('are those that are known here', () => {
    expect(texts.map(({ name }) => name).sort()).toEqual(['ci.yml', 'nightly.yml', 'release.yml']);
  });

  test('pin each action to a commit, all to the same one, and say which version that is', () => {
    const lines = texts.flatMap(({ text }) => text.split('\n')).filter((line) => /\buses:/.test(line));
    expect(lines.length).toBe(used.length);
    for (const line of lines) expect(line).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    const pins = new Map<string, Set<string>>();
    for (const uses of used) {
      const [action = '', commit = ''] = uses.split('@');
      pins.set(action, (pins.get(action) ?? new Set()).add(commit));
    }
    expect([...pins.values()].filter((commits) => commits.size !== 1)).toEqual([]);
  });

  test('give no rights but by job, leave no token behind, and end some time', () => {
    for (const one of all) {
      expect(one.permissions).toEqual({});
      const checkouts = stepsOf(one).filter(({ uses }) => uses?.startsWith('actions/checkout@'));
      expect(checkouts).toHaveLength(Object.keys(one.jobs).length);
      for (const checkout of checkouts) expect(checkout.with).toEqual({ 'persist-credentials': false });
      for (const job of Object.values(one.jobs)) expect(job['timeout-minutes']).toBeGreaterThan(0);
    }
  });

  test('put nothing that others choose into a shell', () => {
    expect(all.flatMap(stepsOf).filter(({ run }) => run?.includes('${{'))).toEqual([]);
  });

  test.each([
    ['ci.yml', '.ci/run', { push: { branches: ['main'] }, pull_request: null }],
    ['nightly.yml', 'npm run nightly', { schedule: [{ cron: '17 2 * * *' }], workflow_dispatch: null }],
  ])('%s runs %s, and may only read', (name, command, on) => {
    const one = named(name);
    expect(one.on).toEqual(on);
    expect(Object.values(one.jobs).map(({ permissions }) => permissions)).toEqual([{ contents: 'read' }]);
    expect(stepsOf(one).map(({ run }) => run)).toContain(command);
  });
});

describe('the release workflow', () => {
  test('runs for tags only', () => {
    expect(workflow.on).toEqual({ push: { tags: ['v*'] } });
  });

  test('gives each job no more rights than it needs', () => {
    expect(Object.fromEntries(jobs.map(([name, { permissions }]) => [name, permissions]))).toEqual({
      version: { contents: 'read' },
      test: { contents: 'read' },
      npm: { contents: 'read', 'id-token': 'write' },
      image: { contents: 'read', packages: 'write', 'id-token': 'write' },
      chart: { contents: 'read', packages: 'write', 'id-token': 'write' },
      release: { contents: 'write', 'id-token': 'write' },
    });
  });

  test('publishes nothing before the tag is checked and the tests have passed, and not without the environment', () => {
    const before = (name: string): readonly string[] => {
      const direct = [workflow.jobs[name]?.needs ?? []].flat();
      return [...new Set([...direct, ...direct.flatMap(before)])];
    };
    const publishing = jobs.filter(([, { permissions }]) => Object.values(permissions).includes('write'));
    expect(publishing.map(([name]) => name)).toEqual(['npm', 'image', 'chart', 'release']);
    for (const [name, job] of publishing) {
      expect(before(name)).toEqual(expect.arrayContaining(['version', 'test']));
      expect(job.environment).toBe('release');
    }
    expect(workflow.jobs['test']?.steps.at(-1)?.run).toBe('.ci/run');
  });

  test('builds both architectures, with provenance and SBOM, and signs all that it publishes', () => {
    const build = steps.find(({ uses }) => uses?.startsWith('docker/build-push-action@'));
    expect(build?.with).toMatchObject({ platforms: 'linux/amd64,linux/arm64', provenance: 'mode=max', sbom: true });
    expect(runs.filter((run) => run.startsWith('npm publish '))).toEqual([expect.stringContaining(' --provenance ')]);
    const signed = runs.flatMap(
      (run) => /^cosign (?:sign|sign-blob) --yes (?:--bundle \S+ )?(.+)$/.exec(run)?.[1] ?? [],
    );
    expect(signed).toEqual(['"$IMAGE@$DIGEST"', '"$CHARTS/pratique@$DIGEST"', 'artifacts/SHA256SUMS']);
    expect(
      signed.slice(0, 2).filter((what) => runs.some((run) => run.startsWith('cosign verify ') && run.endsWith(what))),
    ).toHaveLength(2);
  });

  test('uses the Helm that the tests use', () => {
    const helm = steps.find(({ uses }) => uses?.startsWith('azure/setup-helm@'));
    const module = read('test/harness/helm/go.mod');
    expect(module).toContain(`\thelm.sh/helm/v4 ${String(helm?.with?.['version'])} `);
  });

  test('gives the Dockerfile no argument that it does not have', () => {
    const build = steps.find(({ uses }) => uses?.startsWith('docker/build-push-action@'));
    const names = String(build?.with?.['build-args'])
      .trim()
      .split('\n')
      .map((line) => line.split('=')[0]);
    expect(names).toEqual(['VERSION', 'REVISION', 'SOURCE']);
    for (const name of names) expect(read('Dockerfile')).toMatch(new RegExp(`^ARG ${name}(?:=|$)`, 'm'));
  });
});

describe('a tag', () => {
  test.each([
    ['v1.2.0', { version: '1.2.0', prerelease: false, npmTag: 'latest' }],
    ['v0.10.3', { version: '0.10.3', prerelease: false, npmTag: 'latest' }],
    ['v2.0.0-rc.1', { version: '2.0.0-rc.1', prerelease: true, npmTag: 'next' }],
  ])('%s names a release', (tag, names) => {
    expect(namesOf(tag)).toEqual(names);
  });

  test.each([
    '',
    'v1',
    'v1.2',
    '1.2.3',
    'v01.2.3',
    'v1.2.3-',
    'v1.2.3+build',
    'v1.2.3\nversion=9',
    'v1.2.3-rc.1 --tag latest',
  ])('%j names none', (tag) => {
    expect(namesOf(tag)).toBeUndefined();
  });
});

describe('the versions of a release', () => {
  const files: VersionFiles = {
    'package.json': '{"version":"1.2.0"}',
    'package-lock.json': '{"version":"1.2.0"}',
    'charts/pratique/Chart.yaml': 'version: 1.2.0\nappVersion: 1.2.0\n',
    Dockerfile: 'FROM x\nARG VERSION=1.2.0\n',
    'CHANGELOG.md': '# Changelog\n\n## Unreleased\n\n## 1.2.0 (2027-01-01)\n- a\n\n## 1.1.0 (2026-01-01)\n',
  };

  test('are all the one of the tag', () => {
    expect(versionProblems('1.2.0', files)).toEqual([]);
  });

  test.each([
    ['package.json', '{"version":"1.1.0"}', 'package.json says 1.1.0, and the tag 1.2.0'],
    ['package-lock.json', '{}', 'package-lock.json says nothing, and the tag 1.2.0'],
    [
      'charts/pratique/Chart.yaml',
      'version: 1.2.1\nappVersion: 1.2.0\n',
      'charts/pratique/Chart.yaml, version, says 1.2.1, and the tag 1.2.0',
    ],
    [
      'charts/pratique/Chart.yaml',
      'version: 1.2.0\nappVersion: 1.2\n',
      'charts/pratique/Chart.yaml, appVersion, says 1.2, and the tag 1.2.0',
    ],
    ['Dockerfile', 'ARG VERSION=1.2.00\n', 'Dockerfile says 1.2.00, and the tag 1.2.0'],
    ['CHANGELOG.md', '## Unreleased\n', 'CHANGELOG.md says Unreleased, and the tag 1.2.0'],
  ] as const)('are not when %s is %j', (file, content, problem) => {
    expect(versionProblems('1.2.0', { ...files, [file]: content })).toEqual([problem]);
  });

  test('are one in the files of the repository, but for the change log, which names it at the release', () => {
    const own = Object.fromEntries(Object.keys(files).map((path) => [path, read(path)])) as VersionFiles;
    const { version } = JSON.parse(own['package.json']) as { version: string };
    const problems = versionProblems(version, own);
    expect(problems.filter((problem) => !problem.startsWith('CHANGELOG.md says Unreleased'))).toEqual([]);
  });
});
