import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { runGenerateMap, runGenerateVap, sourceOf } from './generate-action.ts';

const head = 'apiVersion: pratique.dev/v1alpha1\nkind: PratiqueConfiguration\n';
const flags = { name: 'pratique', action: 'Deny' } as const;
const clock = Date.UTC(2026, 10, 22);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pratique-generate-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function fileOf(text: string): Promise<string> {
  const path = join(folder, 'pratique.yaml');
  await writeFile(path, text);
  return path;
}

const objectsIn = (text: string) => parseAllDocuments(text).map((document) => document.toJS());

test('without a file it is the net of the embedded default, as documents that kubectl applies', async () => {
  const { exitCode, stdout, stderr } = runGenerateVap(await sourceOf(undefined), flags, clock);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const [policy, binding] = objectsIn(stdout);
  expect(policy.metadata.annotations['pratique.dev/version']).toMatch(/^\d+\.\d+\.\d+/);
  expect(policy.spec.matchConstraints.namespaceSelector.matchExpressions[0].values).toContain('pratique');
  expect(binding.spec).toEqual({ policyName: policy.metadata.name, validationActions: ['Deny', 'Audit'] });
});

test('names and namespaces are those of the flags', async () => {
  const own = { ...flags, name: 'gate', exceptNamespace: ['cni'] };
  const [policy] = objectsIn(runGenerateVap(await sourceOf(undefined), own, clock).stdout);
  expect(policy.metadata.name).toBe('gate-safety-net');
  expect(policy.spec.matchConstraints.namespaceSelector.matchExpressions[0].values).toEqual(['cni']);
});

test('a ConfigMap that holds the configuration is as good as the file, whatever stands around it', async () => {
  const text = `${head}mountFuse: { namespaces: [gitlab] }\n`;
  const plain = runGenerateVap(await sourceOf(await fileOf(text)), flags, clock);
  const configMap = stringify({ apiVersion: 'v1', kind: 'ConfigMap', data: { 'config.yaml': text } });
  const held = runGenerateVap(await sourceOf(await fileOf(`---\nkind: Service\n---\n${configMap}`)), flags, clock);
  expect(plain.stdout).toContain('gitlab');
  expect(held).toEqual(plain);
});

test('the order and the form of a configuration do not change what it was made from', async () => {
  const hashOf = async (text: string) =>
    objectsIn(runGenerateMap(await sourceOf(await fileOf(text)), flags).stdout)[0].metadata.annotations[
      'pratique.dev/config-document'
    ];
  const exemption = 'name: a, namespaces: [b], allow: { privileged: true }, owner: o, reason: r';
  const first = await hashOf(`${head}default: { mode: warn }\nexemptions: [{ ${exemption}, expires: 2099-01-01 }]\n`);
  const second = await hashOf(
    `exemptions:\n- { expires: "2099-01-01", ${exemption} }\ndefault:\n  mode: warn\n${head}`,
  );
  expect(first).toMatch(/^[0-9a-f]{64}$/);
  expect(second).toBe(first);
  expect(await hashOf(`${head}default: { mode: audit }\n`)).not.toBe(first);
});

test('what CEL cannot say is told on stderr', async () => {
  const allow =
    '{ host-path-protected: { paths: [{ path: /, readOnly: true, tree: true }] }, engine-socket-mount: true }';
  const text = `${head}exemptions: [{ name: a, namespaces: [b], allow: ${allow}, owner: o, reason: r, expires: 2099-01-01 }]\n`;
  const { exitCode, stderr } = runGenerateVap(await sourceOf(await fileOf(text)), flags, clock);
  expect({ exitCode, stderr }).toEqual({
    exitCode: 0,
    stderr:
      "host-path-protected only warns, since CEL cannot say this: the tree / has other names of the node's root inside\n",
  });
});

test('where nothing is enforced, and where nobody may ask, it says so', async () => {
  const source = await sourceOf(await fileOf(`${head}default: { mode: audit }\n`));
  expect(runGenerateVap(source, flags, clock)).toMatchObject({
    exitCode: 0,
    stdout: '',
    stderr: expect.stringContaining('No namespace is enforced'),
  });
  expect(runGenerateMap(source, flags).stderr).toContain('mountFuse.namespaces is empty');
});

test('a configuration that makes an expression which the API server would refuse is refused with a sentence', async () => {
  const names = Array.from({ length: 2_000 }, (_, index) => `${'n'.repeat(55)}-${index}`).join(', ');
  const enforced = await sourceOf(
    await fileOf(`${head}default: { mode: audit }\nnamespaces: [{ match: [${names}], mode: enforce }]\n`),
  );
  expect(runGenerateVap(enforced, flags, clock)).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr: expect.stringMatching(
      /^matchConditions namespace-is-enforced of pratique-safety-net would have [\d,]+ characters; .* at most 100,000: .*\n/,
    ),
  });
  const asking = await sourceOf(await fileOf(`${head}mountFuse: { namespaces: [${names}] }\n`));
  expect(runGenerateMap(asking, flags)).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr: expect.stringContaining('namespace-may-ask of pratique-mount-fuse'),
  });
});

test('a configuration that is wrong, or is not there, is refused with its problems', async () => {
  const wrong = runGenerateVap(await sourceOf(await fileOf(`${head}defalt: {}\n`)), flags, clock);
  expect(wrong).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('defalt: is no known key') });
  const missing = runGenerateMap(await sourceOf(join(folder, 'nowhere.yaml')), flags);
  expect(missing).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr: expect.stringContaining('nowhere.yaml: cannot be read'),
  });
});
