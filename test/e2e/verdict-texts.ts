import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse as parseToml } from 'smol-toml';
import { loadConfiguration } from '../../src/config/load.ts';
import { ciFindings } from '../../src/manifests/ci-files.ts';
import { runProcess, temporaryFolder } from '../harness/processes.ts';
import { notApplied } from '../harness/verdict.ts';
import { type Placed, root } from '../harness/verdict-places.ts';
import { renderText } from './chart.ts';
import { documentsOf, type Objects } from './verdict-objects.ts';

type Json = Readonly<Record<string, unknown>>;
type Problems = readonly string[];

/** Judges what no API server takes by what does take it; gives what is not as the page states. */
export async function judgeText(place: Placed, objects: Objects): Promise<Problems> {
  const { text, verdict } = place;
  const [name = ''] = verdict.names;
  switch (verdict.outcome) {
    case 'configuration':
      return validated(text);
    case 'part':
      return loaded(only(text));
    case 'values':
      return rendered(text);
    case 'entry':
      return loaded({ profiles: { page: { checks: { [name]: { action: 'deny', ...only(text) } } } } });
    case 'rules':
      return createdRole(text, objects);
    case 'ci':
      return jobFile(place);
    case 'not-applied':
      return notTaken(text, name, objects);
    default:
      return [`${verdict.outcome} is for the API server`];
  }
}

/** The checks by which `pratique check` denies a text before there is a pod of it; undefined where it finds no pod in it. */
export async function deniedOffline({ text, verdict }: Placed): Promise<readonly string[] | undefined> {
  const configuration = verdict.under === undefined ? [] : ['--config', root + verdict.under];
  const args = [`${root}dist/main.js`, 'check', '--format', 'json', ...configuration, '-'];
  const { stdout, stderr } = await runProcess(process.execPath, args, { input: text });
  const { results, errors } = JSON.parse(stdout === '' ? `{"errors":[${JSON.stringify(stderr)}]}` : stdout) as {
    readonly results: readonly { readonly findings: readonly { readonly check: string; readonly action: string }[] }[];
    readonly errors: readonly unknown[];
  };
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  if (results.length === 0) return undefined;
  const denied = results.flatMap(({ findings }) => findings.filter(({ action }) => action === 'deny'));
  return [...new Set(denied.map(({ check }) => check))].toSorted();
}

/** By the command that users run; the day on which it is run does not count. */
async function validated(text: string): Promise<Problems> {
  return withFile('pratique.yaml', text, async (file) => {
    const args = [`${root}dist/main.js`, 'config', 'validate', '--allow-expired', file];
    const { code, stdout, stderr } = await runProcess(process.execPath, args, {});
    return code === 0 ? [] : [`config validate: exit ${code}: ${stdout}${stderr}`];
  });
}

function loaded(configuration: object): Problems {
  const head = { apiVersion: 'pratique.dev/v1alpha1', kind: 'PratiqueConfiguration' };
  const result = loadConfiguration(JSON.stringify({ ...head, ...configuration }), Date.now());
  return result.kind === 'configuration' ? [] : result.problems.map(({ path, message }) => `${path}: ${message}`);
}

async function rendered(text: string): Promise<Problems> {
  return withFile('values.yaml', text, async (file) => {
    const objects = await renderText(['--values', file]);
    return objects.includes('kind: ValidatingWebhookConfiguration') ? [] : ['Helm renders no webhook configuration'];
  });
}

/** A list of rules, as a ClusterRole. */
async function createdRole(text: string, objects: Objects): Promise<Problems> {
  const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'page' } };
  const { status, body, warnings } = await objects.create({ ...role, rules: only(text) }, '');
  return [...(status === 201 ? [] : [body.message ?? `status ${status}`]), ...warnings];
}

function jobFile({ text, verdict }: Placed): Problems {
  const [system] = verdict.names;
  if (system !== 'GitLab' && system !== 'GitHub') return [`${system} is no system whose job files are read`];
  const found = [...new Set(ciFindings(system, only(text)).map(({ check }) => check))].toSorted();
  return found.join() === verdict.warns.join() ? [] : [`pratique check warns of: ${found.join(' ')}`];
}

/** Parsed as YAML, with the TOML in it; and the API server does not know what claims to be an object. */
async function notTaken(text: string, reason: string, objects: Objects): Promise<Problems> {
  const group = notApplied[reason]?.group;
  const problems: string[] = [];
  for (const document of documentsOf(text)) {
    const { apiVersion, kind } = document;
    parseTomlIn(document);
    const isObject = typeof apiVersion === 'string' && typeof kind === 'string';
    if (isObject !== (group !== undefined)) problems.push(`${reason}: ${isObject ? 'an' : 'no'} object of Kubernetes`);
    if (!isObject) continue;
    if (apiVersion.split('/')[0] !== group) problems.push(`${reason}: ${apiVersion} is not of ${group}`);
    if ((await objects.resourceOf(document)) !== undefined)
      problems.push(`the API server serves ${apiVersion} ${kind}`);
  }
  return problems;
}

/** The chart of GitLab Runner has its config.toml as a text. */
function parseTomlIn(values: Json): void {
  const { runners } = values as { readonly runners?: { readonly config?: string } };
  if (typeof runners?.config === 'string') parseToml(runners.config);
}

function only(text: string): Json {
  const [document, ...more] = documentsOf(text);
  if (document === undefined || more.length > 0) throw new Error('one document is expected');
  return document;
}

async function withFile<T>(name: string, text: string, use: (file: string) => Promise<T>): Promise<T> {
  const folder = await temporaryFolder('pratique-verdict-');
  try {
    await writeFile(join(folder.path, name), text);
    return await use(join(folder.path, name));
  } finally {
    await folder.remove();
  }
}
