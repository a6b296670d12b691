import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Operation } from 'fast-json-patch';
import { temporaryFolder } from '../test/harness/processes.ts';
import { accountingProblem, residentMiB } from './accounting.ts';
import { measureStarts } from './cold-start.ts';
import { measureCommands } from './command-line.ts';
import { type Contestant, contest } from './contestant.ts';
import { type Cores, claimCores } from './cores.ts';
import { measureEngine } from './engine.ts';
import { type Options, optionsOf, usage } from './options.ts';
import { type Measured, summaryOf, tablesOf } from './report.ts';
import { patchedReview, type Review, sizes, unpatchedReview } from './reviews.ts';
import { measure } from './rounds.ts';
import { type Stage, setStage, startServer } from './servers.ts';

await main();

async function main(): Promise<void> {
  let options: Options;
  try {
    options = optionsOf(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    process.exitCode = 2;
    return;
  }
  const problem = accountingProblem();
  if (problem !== undefined) {
    console.error(`The benchmark needs Linux: ${problem}.`);
    process.exitCode = 2;
    return;
  }
  await run(options);
}

async function run(options: Options): Promise<void> {
  progress('running commands');
  // Before this process keeps to one core, which what it starts would inherit: people have all of them.
  const commands = measureCommands(options.starts * 3);
  const cores = claimCores();
  console.log(`Node ${process.versions.node}, ${cpus()[0]?.model.trim()}, ${coresTold(cores)}\n`);
  const folder = await temporaryFolder('pratique-bench-');
  try {
    const stage = await setStage(folder, cores);
    progress(`starting each server ${options.starts} times`);
    const starts = await measureStarts(stage, options.starts);
    const measured = { ...(await measureReviews(options, stage)), starts, commands };
    console.log(`\n${tablesOf(measured)}\n`);
    const summary = JSON.stringify(summaryOf(measured));
    console.log(summary);
    if (options.json !== undefined) await writeFile(options.json, `${summary}\n`);
  } finally {
    await folder.remove();
  }
}

async function measureReviews(options: Options, stage: Stage): Promise<Omit<Measured, 'starts' | 'commands'>> {
  const contestants: Contestant[] = [];
  try {
    const withLog = await contest('withLog', await startServer('webhook-all', stage), stage);
    contestants.push(withLog);
    contestants.push(await contest('withoutLog', await startServer('webhook-none', stage), stage));
    const { reviews, answerBytes } = await prepare(withLog);
    contestants.unshift(await contest('floor', await startServer('floor', stage, answerBytes), stage));
    requireSameProtocol(contestants);
    const beforeMiB = residentMiB(withLog.server.pid);
    const series = await measure(contestants, reviews, options, progress);
    await delay(3_000);
    progress('measuring the engine alone');
    const engine = measureEngine(reviews.find(({ path }) => path === 'validate') as Review);
    return { series, engine, memory: { beforeMiB, afterMiB: residentMiB(withLog.server.pid) } };
  } finally {
    for (const contestant of contestants) await contestant.stop();
  }
}

interface Prepared {
  readonly reviews: readonly Review[];
  /** How long the webhook's answers to /validate and /mutate are: the floor's will be as long. */
  readonly answerBytes: readonly string[];
}

/** Has the webhook patch each pod once, so that /validate is asked about what /mutate really makes of it. */
async function prepare(webhook: Contestant): Promise<Prepared> {
  const reviews: Review[] = [];
  let answerBytes: readonly string[] = [];
  for (const size of sizes) {
    const unpatched = unpatchedReview(size);
    const mutated = await webhook.ask(unpatched);
    const patched = patchedReview(unpatched, patchIn(mutated.body));
    const validated = await webhook.ask(patched);
    requireClean(validated.body);
    reviews.push(patched, unpatched);
    if (answerBytes.length === 0) answerBytes = [String(validated.body.length), String(mutated.body.length)];
  }
  return { reviews, answerBytes };
}

function patchIn(body: Buffer): readonly Operation[] {
  const { response } = JSON.parse(body.toString('utf8')) as { readonly response: { readonly patch?: string } };
  if (response.patch === undefined) throw new Error(`The pod was not patched: ${body}`);
  return JSON.parse(Buffer.from(response.patch, 'base64').toString('utf8')) as Operation[];
}

/** A pod with a finding would cost more than one without, and would be recorded whatever the configuration says. */
function requireClean(body: Buffer): void {
  const { response } = JSON.parse(body.toString('utf8')) as {
    readonly response: { readonly allowed: boolean; readonly auditAnnotations?: { readonly decision?: string } };
  };
  if (!response.allowed || response.auditAnnotations?.decision !== 'allow') {
    throw new Error(`The patched pod is not clean: ${body}`);
  }
}

function requireSameProtocol(contestants: readonly Contestant[]): void {
  const protocols = new Set(contestants.map(({ protocol }) => protocol));
  if (protocols.size !== 1) throw new Error(`The servers do not agree on a protocol: ${[...protocols].join(', ')}.`);
  progress(`all servers: ${[...protocols].join()}`);
}

function coresTold(cores: Cores | undefined): string {
  if (cores === undefined) return 'server and load on the same cores (no second one, or no taskset): judge with care';
  return `server on core ${cores.server}, load on core ${cores.load}`;
}

function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}
