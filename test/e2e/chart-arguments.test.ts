import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runProcess, type TemporaryFolder, temporaryFolder } from '../harness/processes.ts';
import { render, valuesFiles } from './chart.ts';

const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const files = await valuesFiles();
const journals = files.filter(({ name }) => name.startsWith('journal'));

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await temporaryFolder('pratique-arguments-');
});
afterAll(() => folder.remove());

/** Runs what a Deployment says, but with a configuration and a kubeconfig that are not there: whoever reads those has taken all flags. */
async function serve(args: readonly string[]) {
  const file = join(folder.path, 'missing.yaml');
  const own = args.map((arg) => (arg.startsWith('--config=') ? `--config=${file}` : arg));
  const env = { ...process.env, KUBECONFIG: file };
  const { code, stderr } = await runProcess(process.execPath, [program, ...own], { env });
  return { code, reason: stderr.replaceAll(file, 'FILE').trim() };
}

async function argumentsOf(...helm: readonly string[]): Promise<readonly string[]> {
  const deployment = (await render(helm)).find(({ kind }) => kind === 'Deployment');
  return deployment?.['spec'].template.spec.containers[0].args;
}

async function journalArgumentsOf(...helm: readonly string[]): Promise<readonly string[]> {
  const objects = await render(helm);
  const deployment = objects.find(
    ({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'pratique-journal',
  );
  return deployment?.['spec'].template.spec.containers[0].args;
}

const taken = { code: 2, reason: expect.stringContaining('FILE') };

test.each(files)('serve knows every flag that the values of $name render', async ({ file }) => {
  const args = await argumentsOf('--values', file);
  expect(args[0]).toBe('serve');
  expect(args.length).toBeGreaterThan(5);
  expect(await serve(args)).toEqual(taken);
});

test.each(journals)('journal serve knows every flag that the values of $name render', async ({ file }) => {
  const args = await journalArgumentsOf('--values', file);
  expect(args.slice(0, 2)).toEqual(['journal', 'serve']);
  expect(await serve(args)).toEqual(taken);
});

test.each(['--no-such-flag=1', '--page-port=soon', '--page-allow-group=a,b', '--page-client-name=other'])(
  'journal serve would refuse %s',
  async (arg) => {
    const values = journals.find(({ name }) => name === 'journal-page');
    const { code, reason } = await serve([...(await journalArgumentsOf('--values', values?.file ?? '')), arg]);
    expect(code).toBe(2);
    expect(reason).not.toContain('FILE');
  },
);

test('serve knows the flags that no values file of ci sets', async () => {
  const times = 'caLifetime=48h,leafLifetime=1h,overlap=5s,reconcile=2s'.split(',').map((time) => `tls.self.${time}`);
  const args = await argumentsOf('--set', [...times, 'webhook.maxInflightBytes=64Mi'].join(','));
  expect(
    args.filter((arg) => /^--(tls-(ca|leaf)-lifetime|tls-(overlap|reconcile)|max-inflight-bytes)=/.test(arg)),
  ).toHaveLength(5);
  expect(await serve(args)).toEqual(taken);
});

test.each(['--no-such-flag=1', '--drain=soon', '--tls-cert-file=/tls/tls.crt'])(
  'serve would refuse %s',
  async (arg) => {
    const { code, reason } = await serve([...(await argumentsOf()), arg]);
    expect(code).toBe(2);
    expect(reason).not.toContain('FILE');
  },
);
