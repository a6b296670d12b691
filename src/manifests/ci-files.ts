import { type Check, type Finding, findIn } from '../checks/check.ts';
import { dindImage } from '../checks/dind-image.ts';
import { engineCommandText } from '../checks/engine-command-text.ts';
import { engineHostEnv } from '../checks/engine-host-env.ts';
import { engineImage } from '../checks/engine-image.ts';
import { fieldPath, type Pointer, pointerTo } from '../kubernetes/pointer.ts';
import { type Fields, isObject } from '../kubernetes/shape.ts';
import { podSubject } from '../kubernetes/subject.ts';
import { printable } from '../matching/printable.ts';

/** The CI systems whose job files are read. */
export type CiSystem = 'GitLab' | 'GitHub';

/** Which CI system a file is one of, by its path; undefined for every other file. */
export function ciSystemOf(file: string): CiSystem | undefined {
  const path = file.replaceAll('\\', '/');
  if (/(?:^|\/)(?:[^/]*\.)?gitlab-ci\.ya?ml$/i.test(path) || /(?:^|\/)\.gitlab\/ci\/.*\.ya?ml$/i.test(path))
    return 'GitLab';
  return /(?:^|\/)\.(?:github|gitea|forgejo)\/workflows\/[^/]+\.ya?ml$/i.test(path) ? 'GitHub' : undefined;
}

/**
 * Finds what a job file asks of a container engine: images and services of docker-in-docker, variables that point to an
 * engine, scripts that build with Docker, `--privileged`.
 *
 * A sign and no verdict, since the runner decides what a job becomes: findings of the same checks that judge its pods, to
 * be warned of. Pointers lead into the file.
 */
export function ciFindings(system: CiSystem, file: Fields): readonly Finding[] {
  const jobs = system === 'GitLab' ? gitlabJobs(file) : githubJobs(file);
  return jobs.flatMap(findingsOf);
}

/** Something with its place in the file. */
interface At<T> {
  readonly at: Pointer;
  readonly value: T;
}

/** What both systems call a job, as far as it is looked at. */
interface Job {
  readonly name: string;
  readonly images: readonly At<string>[];
  readonly services: readonly At<string>[];
  readonly variables: readonly At<string>[];
  readonly lines: readonly At<string>[];
  readonly options: readonly At<string>[];
}

const checks: readonly Check[] = [dindImage, engineImage, engineHostEnv, engineCommandText];

/** `docker build`, `docker --context x buildx bake`, `docker compose up`, `docker push`: a few words may stand between. */
const dockerCommand =
  /(?:^|[\s;&|(`'"])(docker(?:-compose)?)(?:\s+[^\s;&|]+){0,6}?\s+(build|bake|push|run|up|create)(?=$|[\s;&|)`'"])/;
const longestLine = 10_000;

function findingsOf(job: Job): readonly Finding[] {
  return [
    ...engineFindings(job),
    ...job.lines.flatMap(({ at, value }) => dockerFindings(job, at, value)),
    ...job.options.flatMap(({ at, value }) => {
      if (!/(?:^|\s)--privileged(?:$|[\s=])|docker\.sock/.test(value)) return [];
      const socket = value.includes('docker.sock');
      const words = socket ? "mounts an engine's socket by its options" : 'is privileged by its options';
      return [findingAt(engineCommandText, job, at, words, socket ? 'docker.sock' : '--privileged')];
    }),
  ];
}

/** Has the checks of pods look at a pod that is like the job, and leads their pointers back into the file. */
function engineFindings(job: Job): readonly Finding[] {
  const places = new Map<string, Pointer>();
  const containers: object[] = [];
  const add = (container: object, fields: readonly (readonly [string, Pointer])[]): void => {
    for (const [field, at] of fields) places.set(`/spec/containers/${containers.length}/${field}`, at);
    containers.push({ name: job.name, ...container });
  };
  // An image alone would count as one whose own program runs, which a job's never does.
  for (const { at, value } of job.images) add({ image: value, command: ['sh'] }, [['image', at]]);
  for (const { at, value } of job.services) add({ image: value }, [['image', at]]);
  for (const { at, value } of job.variables) add({ env: [{ name: value }] }, [['env/0/name', at]]);
  for (const { at, value } of job.lines) add({ command: ['sh', '-c', value] }, [['command/2', at]]);
  const subject = podSubject({ spec: { containers } }, '');
  return checks.flatMap((check) =>
    findIn(check, subject, {}).flatMap((finding) => {
      const at = places.get(finding.pointer);
      const message = finding.message.replace(/^container /, 'job ');
      return at === undefined ? [] : [{ ...finding, pointer: at, message, place: { key: fieldPath(at) } }];
    }),
  );
}

function dockerFindings(job: Job, at: Pointer, line: string): readonly Finding[] {
  const [, docker, command] = dockerCommand.exec(line.slice(0, longestLine)) ?? [];
  if (docker === undefined) return [];
  return [findingAt(engineCommandText, job, at, `runs ${docker} ${command}, which needs an engine`, docker)];
}

function findingAt(check: Check, job: Job, at: Pointer, words: string, value: string): Finding {
  const message = `job "${printable(job.name, 100)}" ${words}`;
  return { check: check.id, severity: check.severity, pointer: at, place: { key: fieldPath(at) }, message, value };
}

/** Keys at the top of a GitLab file that are no jobs: docs.gitlab.com/ci/yaml. */
const gitlabKeywords: ReadonlySet<string> = new Set(['include', 'stages', 'spec', 'workflow', 'pages-deploy', 'types']);
const gitlabParts = ['image', 'services', 'variables', 'script', 'before_script', 'after_script'] as const;

function gitlabJobs(file: Fields): readonly Job[] {
  const jobs = [gitlabJob('the whole file', file, '')];
  for (const [name, value] of Object.entries(file)) {
    if (gitlabKeywords.has(name) || (gitlabParts as readonly string[]).includes(name) || !isObject(value)) continue;
    jobs.push(gitlabJob(name, value, pointerTo('', name)));
  }
  return jobs;
}

function gitlabJob(name: string, job: Fields, at: Pointer): Job {
  const scripts = gitlabParts.slice(3).flatMap((part) => strings(job[part], pointerTo(at, part)));
  return {
    name,
    images: imageAt(job['image'], pointerTo(at, 'image')),
    services: entries(job['services'], pointerTo(at, 'services')).flatMap((one) => imageAt(one.value, one.at)),
    variables: keysOf(job['variables'], pointerTo(at, 'variables')),
    lines: scripts,
    options: [],
  };
}

/** Labels of GitHub's own runners, which are virtual machines of their own: Docker there is nobody's node. */
const hostedRunner = /^(?:ubuntu|windows|macos)-/;

function githubJobs(file: Fields): readonly Job[] {
  const { jobs, env } = file;
  if (!isObject(jobs)) return [];
  const found: Job[] = [];
  for (const [name, job] of Object.entries(jobs)) {
    if (!isObject(job) || isHosted(job['runs-on'])) continue;
    const at = pointerTo('', 'jobs', name);
    const steps = entries(job['steps'], pointerTo(at, 'steps')).filter((step) => isObject(step.value)) as At<Fields>[];
    const holders = [{ at, value: job }, ...steps, ...containersOf(job, at)];
    found.push({
      name,
      images: [...containersOf(job, at), ...steps].flatMap((one) => [
        ...imageAt(one.value['image'], pointerTo(one.at, 'image')),
        ...usedImage(one),
      ]),
      services: servicesOf(job, at).flatMap((one) => imageAt(one.value['image'], pointerTo(one.at, 'image'))),
      variables: [
        ...keysOf(env, '/env'),
        ...holders.flatMap((one) => keysOf(one.value['env'], pointerTo(one.at, 'env'))),
      ],
      lines: steps.flatMap((one) => strings(one.value['run'], pointerTo(one.at, 'run'))),
      options: [...containersOf(job, at), ...servicesOf(job, at)].flatMap((one) => [
        ...strings(one.value['options'], pointerTo(one.at, 'options')),
        ...strings(one.value['volumes'], pointerTo(one.at, 'volumes')),
      ]),
    });
  }
  return found;
}

function isHosted(runsOn: unknown): boolean {
  const labels = Array.isArray(runsOn) ? runsOn : [runsOn];
  return (
    labels.some((label) => typeof label === 'string' && hostedRunner.test(label)) && !labels.includes('self-hosted')
  );
}

function containersOf(job: Fields, at: Pointer): readonly At<Fields>[] {
  const { container } = job;
  // The pointer to its image leads to what is nearest to it: the name itself.
  if (typeof container === 'string') return [{ at: pointerTo(at, 'container'), value: { image: container } }];
  return isObject(container) ? [{ at: pointerTo(at, 'container'), value: container }] : [];
}

function servicesOf(job: Fields, at: Pointer): readonly At<Fields>[] {
  const { services } = job;
  if (!isObject(services)) return [];
  return Object.entries(services).flatMap(([name, value]) =>
    isObject(value) ? [{ at: pointerTo(at, 'services', name), value }] : [],
  );
}

/** `uses: docker://image`, a step that is a container. */
function usedImage({ at, value }: At<Fields>): readonly At<string>[] {
  const { uses } = value;
  if (typeof uses !== 'string' || !uses.startsWith('docker://')) return [];
  return [{ at: pointerTo(at, 'uses'), value: uses.slice('docker://'.length) }];
}

/** An image is a name, or an object with it. */
function imageAt(value: unknown, at: Pointer): readonly At<string>[] {
  if (typeof value === 'string') return value === '' ? [] : [{ at, value }];
  return isObject(value) ? imageAt(value['name'], pointerTo(at, 'name')) : [];
}

function keysOf(value: unknown, at: Pointer): readonly At<string>[] {
  return isObject(value) ? Object.keys(value).map((key) => ({ at: pointerTo(at, key), value: key })) : [];
}

function entries(value: unknown, at: Pointer): readonly At<unknown>[] {
  return Array.isArray(value) ? value.map((one: unknown, index) => ({ at: pointerTo(at, index), value: one })) : [];
}

/** A text, or all texts of a list and of the lists in it: GitLab flattens `script`. */
function strings(value: unknown, at: Pointer): readonly At<string>[] {
  if (typeof value === 'string') return [{ at, value }];
  return entries(value, at).flatMap((one) => strings(one.value, one.at));
}
