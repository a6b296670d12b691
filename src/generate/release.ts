import { readFileSync } from 'node:fs';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { parse } from 'yaml';

// node src/generate/release.ts TAG: what the release workflow asks first. Prints the outputs of its step, or ends with 1.

/** What a release is called. */
export interface ReleaseNames {
  /** The tag without "v"; the version of the npm package, the image and the chart. */
  readonly version: string;
  readonly prerelease: boolean;
  /** What `npm install pratique@…` is to find it by. */
  readonly npmTag: 'latest' | 'next';
}

/** The files that state a version, by their paths from the top of the repository. */
export type VersionFiles = Readonly<Record<(typeof versionFiles)[number], string>>;

const versionFiles = [
  'package.json',
  'package-lock.json',
  'charts/pratique/Chart.yaml',
  'Dockerfile',
  'CHANGELOG.md',
] as const;

/** Reads what a tag such as `v1.2.0` or `v1.2.0-rc.1` says; undefined for any other text. */
export function namesOf(tag: string): ReleaseNames | undefined {
  const number = '(?:0|[1-9]\\d{0,5})';
  const match = new RegExp(`^v(${number}\\.${number}\\.${number}(-[a-z]{1,10}\\.${number})?)$`).exec(tag);
  if (match?.[1] === undefined) return undefined;
  const prerelease = match[2] !== undefined;
  return { version: match[1], prerelease, npmTag: prerelease ? 'next' : 'latest' };
}

/** Lists each file that does not state the version; empty when the release may go on. */
export function versionProblems(version: string, files: VersionFiles): readonly string[] {
  return Object.entries(statedVersions(version, files))
    .filter(([, stated]) => stated !== version)
    .map(([place, stated]) => `${place} says ${stated ?? 'nothing'}, and the tag ${version}`);
}

function statedVersions(version: string, files: VersionFiles): Readonly<Record<string, string | undefined>> {
  const manifest = JSON.parse(files['package.json']) as { readonly version?: string };
  const lock = JSON.parse(files['package-lock.json']) as { readonly version?: string };
  const chart = parse(files['charts/pratique/Chart.yaml']) as {
    readonly version?: string;
    readonly appVersion?: string;
  };
  const headings = files['CHANGELOG.md'].split('\n').filter((line) => line.startsWith('## '));
  return {
    'package.json': manifest.version,
    'package-lock.json': lock.version,
    'charts/pratique/Chart.yaml, version,': chart.version,
    'charts/pratique/Chart.yaml, appVersion,': chart.appVersion,
    Dockerfile: /^ARG VERSION=(\S+)$/m.exec(files.Dockerfile)?.[1],
    'CHANGELOG.md': headings.some((line) => line.startsWith(`## ${version} `)) ? version : headings[0]?.slice(3),
  };
}

function main([tag = '']: readonly string[]): void {
  const names = namesOf(tag);
  if (names === undefined) {
    complain([`"${tag}" is no tag of a release, such as v1.2.0 or v1.2.0-rc.1`]);
    return;
  }
  const root = new URL('../../', import.meta.url);
  const read = (name: string) => readFileSync(new URL(name, root), 'utf8');
  const files = Object.fromEntries(versionFiles.map((name) => [name, read(name)])) as VersionFiles;
  const problems = versionProblems(names.version, files);
  complain(problems);
  if (problems.length === 0)
    console.log(`version=${names.version}\nprerelease=${names.prerelease}\nnpm-tag=${names.npmTag}`);
}

function complain(problems: readonly string[]): void {
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main(process.argv.slice(2));
