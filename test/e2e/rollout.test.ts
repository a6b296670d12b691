import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { ensureGojq } from '../harness/binaries.ts';
import { runProcess, type TemporaryFolder, temporaryFolder } from '../harness/processes.ts';
import { waitFor } from '../harness/waiting.ts';
import { linkTools } from './doctor-scene.ts';
import { type InstalledCluster, startInstalledCluster } from './installed-cluster.ts';

// docs/rollout.md, typed into a real cluster: what its blocks `console` show is what the commands answer, in their order.

const page = await readFile(new URL('../../docs/rollout.md', import.meta.url), 'utf8');
const repository = fileURLToPath(new URL('../../', import.meta.url));

interface Block {
  readonly language: string;
  readonly text: string;
}

const blocks: readonly Block[] = [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(
  ([, language = '', text = '']) => ({ language, text }),
);
/** The files that the page tells the reader to write, in its order. */
const files = ['pratique.yaml', 'exempt.yaml', 'warn.yaml', 'enforce.yaml'];

const containers = [{ name: 'main', image: 'registry.example.com/main:1' }];
const mounting = { name: 'logs', mountPath: '/var/log', readOnly: true };
const teams = [
  { namespace: 'shop', name: 'web', spec: { containers } },
  {
    namespace: 'ci',
    name: 'runner',
    spec: { containers: [{ name: 'build', image: 'docker:dind', securityContext: { privileged: true } }] },
  },
  {
    namespace: 'agents',
    name: 'log-agent',
    spec: {
      serviceAccountName: 'log-agent',
      volumes: [{ name: 'logs', hostPath: { path: '/var/log' } }],
      containers: [{ ...containers[0], volumeMounts: [mounting] }],
    },
  },
];

let scene: InstalledCluster;
let folder: TemporaryFolder;
let tools: string;
beforeAll(async () => {
  folder = await temporaryFolder('pratique-rollout-');
  scene = await startInstalledCluster();
  tools = await linkTools(scene.cluster);
  await symlink((await ensureGojq({ log: () => undefined })).path('gojq'), join(tools, 'jq'));
  await symlink(join(repository, 'charts'), join(folder.path, 'charts'));
  const yaml = blocks.filter(({ language }) => language === 'yaml');
  expect(yaml).toHaveLength(files.length);
  for (const [index, file] of files.entries()) await writeFile(join(folder.path, file), yaml[index]?.text ?? '');
  // The defaults, but for how long a replica goes on answering: nobody is in a hurry here to find another one.
  await scene.install('failurePolicy=Ignore,webhook.drain=1s,webhook.preStopSleepSeconds=1');
  for (const team of teams) await deploy(team);
});
afterEach(({ task }) => scene?.afterTest(task));
afterAll(async () => {
  await scene?.stop();
  await folder?.remove();
});

/** As the team's pipeline does it; its controller makes two pods. */
async function deploy({ namespace, name, spec }: (typeof teams)[number]): Promise<void> {
  const { api, createNamespace } = scene.cluster;
  await createNamespace(namespace);
  if (namespace === 'agents') {
    await api.expect('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name } });
  }
  const labels = { app: name };
  await api.expect('POST', `/apis/apps/v1/namespaces/${namespace}/deployments`, {
    metadata: { name },
    spec: { replicas: 2, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  });
  await waitFor(`the pods of ${name}`, async () => {
    const { items } = await api.expect<{ readonly items: readonly unknown[] }>(
      'GET',
      `/api/v1/namespaces/${namespace}/pods`,
    );
    return items.length === 2;
  });
}

/** Types a command as the reader would; standard output and standard error are one, as on a terminal. */
async function type(command: string): Promise<string> {
  const { stdout } = await runProcess('bash', ['-c', `exec 2>&1\n${command}`], {
    cwd: folder.path,
    env: {
      LC_ALL: 'C',
      PATH: `${tools}:${process.env['PATH']}`,
      HOME: folder.path,
      KUBECONFIG: scene.cluster.kubeconfig,
    },
    timeoutMs: 240_000,
  });
  // What is another one in each cluster or version: the last part of names that controllers make, and hashes.
  return stdout
    .replaceAll(/\b(web|runner|log-agent)-[a-z0-9]{8,10}\b/g, '$1-5d4f8c7b9')
    .replaceAll(/\bconfiguration [0-9a-f]{12}$/gm, 'configuration 116dbfa1eabb');
}

/** What replicas have written so far: the kubelet of the tests has no logs to be asked for, but pods, which the command finds. */
async function collect(command: string): Promise<void> {
  const form = /^kubectl (--namespace pratique) logs (--selector=\S+) --tail=-1 --since=\w+ > record.jsonl\n$/;
  const [, namespace = '', selector = ''] = form.exec(command) ?? [];
  const found = await type(`kubectl ${namespace} get pods ${selector} --output=name`);
  const replicas = scene.replicas().map(({ name }) => `pod/${name}`);
  expect(found.trim().split('\n').sort()).toEqual(replicas.sort());
  const lines = () => scene.replicas().flatMap(({ lines }) => lines);
  await waitFor('the records of all pods', () => {
    const pods = lines().filter((line) => line.includes('"resource":"pods"') && line.includes('would-deny'));
    return pods.length >= 4;
  });
  await writeFile(
    join(folder.path, 'record.jsonl'),
    lines()
      .map((line) => `${line}\n`)
      .join(''),
  );
}

/** Replicas of before go on answering while they end. */
async function upgrade(command: string): Promise<void> {
  const old = scene.replicas();
  expect(await type(command)).toContain('STATUS: deployed');
  await Promise.all(old.map(({ ended }) => ended));
}

test('the page shows what its commands answer', async () => {
  const shown: Block[] = [];
  const answered: Block[] = [];
  for (const block of blocks) {
    if (block.language === 'yaml') continue;
    if (block.language === 'sh') {
      if (block.text.includes(' logs ')) await collect(block.text);
      else await upgrade(block.text);
      continue;
    }
    const [first = ''] = block.text.split('\n', 1);
    const answer = await type(first.replace(/^\$ /, ''));
    shown.push(block);
    answered.push({ language: block.language, text: `${first}\n${answer}` });
  }
  expect(shown.length).toBeGreaterThan(7);
  expect(answered).toEqual(shown);
});
