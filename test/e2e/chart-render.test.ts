import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultConfiguration } from '../../src/config/embedded.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { renderedManifests } from '../../src/generate/chart/rendered.ts';
import { ensureHelm } from '../harness/binaries.ts';
import { runProcess, type TemporaryFolder, temporaryFolder } from '../harness/processes.ts';
import { chart, objectsOf, type Rendered, render, renderText, runHelm, valuesFiles } from './chart.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const files = await valuesFiles();
const of = (objects: readonly Rendered[], kind: string) => objects.filter((object) => object.kind === kind);
const one = (objects: readonly Rendered[], kind: string): Rendered => {
  const [found, second] = of(objects, kind);
  if (found === undefined || second !== undefined) throw new Error(`There is not exactly one ${kind}.`);
  return found;
};

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await temporaryFolder('pratique-chart-');
});
afterAll(() => folder?.remove());

test.each(['install.yaml', 'webhooks.yaml'])('deploy/%s is what the chart renders', async (name) => {
  const binaries = await ensureHelm({ log: () => undefined });
  const rendered = renderedManifests(binaries.path('helm')).get(name);
  expect(rendered?.length).toBeGreaterThan(1_000);
  expect(await readFile(`${root}deploy/${name}`, 'utf8'), 'run npm run generate').toBe(rendered);
});

describe.each(files)('with the values of $name', ({ file }) => {
  test('Helm has nothing to complain of', async () => {
    const { code, stdout, stderr } = await runHelm(['lint', '--strict', chart, '--namespace', 'pratique', '-f', file]);
    expect({ code, output: stdout + stderr }).toMatchObject({ code: 0 });
    expect(stdout).toContain('1 chart(s) linted, 0 chart(s) failed');
  });

  test('two renderings are the same', async () => {
    expect(await renderText(['-f', file])).toBe(await renderText(['-f', file]));
  });

  test('the configuration is one that the webhook takes', async () => {
    const objects = await render(['-f', file]);
    const configuration = of(objects, 'ConfigMap').find(({ immutable }) => immutable === true);
    const loaded = loadConfiguration(configuration?.['data']?.['config.yaml'], Date.now());
    expect(loaded).toMatchObject({ kind: 'configuration' });
    const webhook = objects.filter(({ metadata }) => metadata.name === 'pratique');
    const [volume] = one(webhook, 'Deployment')['spec'].template.spec.volumes;
    expect(volume).toEqual({ name: 'config', configMap: { name: configuration?.metadata.name } });
    const args: string[] = one(webhook, 'Deployment')['spec'].template.spec.containers[0].args;
    expect(args).toContain('--config=/etc/pratique/config.yaml');
  });

  test('an update that the webhook would look at is sent to it', async () => {
    const objects = await render(['-f', file]);
    const data = of(objects, 'ConfigMap').find(({ immutable }) => immutable === true)?.['data']['config.yaml'];
    const loaded = loadConfiguration(data, Date.now());
    if (loaded.kind === 'invalid') throw new Error('The configuration is invalid.');
    const { annotationsRead, fuse } = loaded.configuration;
    const [{ matchConditions }] = one(objects, 'ValidatingWebhookConfiguration')['webhooks'];
    expect(matchConditions).toHaveLength(1);
    const [{ expression }] = matchConditions;
    const cel = (text: string) => `'${text.replaceAll("'", "\\'")}'`;
    const terms = annotationsRead.map((key) =>
      key.endsWith('*') ? `k.startsWith(${cel(key.slice(0, -1))})` : cel(key),
    );
    expect(terms.filter((term) => !expression.includes(term))).toEqual([]);
    expect(expression).toContain(`${cel(fuse.label.key)} in object.metadata.labels`);
    const [mutate] = one(objects, 'MutatingWebhookConfiguration')['webhooks'];
    expect(mutate.objectSelector).toEqual({ matchLabels: { [fuse.label.key]: fuse.label.value } });
  });
});

test('without mountFuse.label the label is that of the embedded default', async () => {
  const [mutate] = one(await render([]), 'MutatingWebhookConfiguration')['webhooks'];
  const { key, value } = defaultConfiguration().fuse.label;
  expect(mutate.objectSelector).toEqual({ matchLabels: { [key]: value } });
});

test('a new configuration is a new ConfigMap, and anything else is not', async () => {
  const nameOf = async (args: readonly string[]) =>
    of(await render(args), 'ConfigMap').find(({ immutable }) => immutable === true)?.metadata.name;
  const first = await nameOf([]);
  expect(first).toMatch(/^pratique-config-[0-9a-f]{8}$/);
  expect(await nameOf(['--set', 'replicaCount=5,failurePolicy=Fail,image.repository=registry.test/pratique'])).toBe(
    first,
  );
  expect(await nameOf(['--set', 'config.default.mode=warn'])).not.toBe(first);
});

describe('what is misspelt is refused by its name', () => {
  test.each([
    ['failurPolicy=Fail', "additional properties 'failurPolicy' not allowed"],
    ['webhook.timeoutSecond=3', "at '/webhook': additional properties 'timeoutSecond' not allowed"],
    ['config.default.mod=enforce', "at '/config/default': additional properties 'mod' not allowed"],
    ['config.profiles.ci.checks.privilegd=deny', "additional properties 'privilegd' not allowed"],
    ['config.default.mode=enforced', "at '/config/default/mode'"],
    ['failurePolicy=fail', "at '/failurePolicy'"],
    ['resources.limit.memory=1Gi', "at '/resources': additional properties 'limit' not allowed"],
    ['tolerations[0].efect=NoSchedule', "additional properties 'efect' not allowed"],
    ['tls.mode=selfsigned', "at '/tls/mode'"],
    ['config.apiVersion=pratique.dev/v1alpha1', "additional properties 'apiVersion' not allowed"],
  ])('%s', async (assignment, complaint) => {
    const { code, stderr } = await runHelm(['template', chart, '--namespace', 'pratique', '--set', assignment]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(complaint) });
  });
});

describe('values that are wrong together are refused', () => {
  test.each([
    ['webhook.healthPort=8443', 'two ports cannot be the same'],
    ['webhook.drain=1m', 'terminationGracePeriodSeconds must be more'],
    ['autoscaling.enabled=true,autoscaling.maxReplicas=1', 'more than autoscaling.maxReplicas'],
    ['serviceAccount.create=false', 'serviceAccount.name'],
    ['tls.mode=existingSecret', 'tls.existingSecret.name'],
    ['webhook.healthPort=443', 'the Service has that port already'],
    ['fullnameOverride=1st', 'fullnameOverride'],
    ['nameOverride=My.Name', 'fullnameOverride'],
    ['failurePolicy=Fail', 'image.repository'],
    ['failurePolicy=Fail,image.tag=1.2.3', 'image.repository'],
  ])('%s', async (assignment, complaint) => {
    const { code, stderr } = await runHelm(['template', chart, '--namespace', 'pratique', '--set', assignment]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(complaint) });
  });

  test.each(['config.default.mode=enforce', 'failurePolicy=Fail,image.repository=registry.test/pratique'])(
    'but not %s, with which pods can be created',
    async (assignment) => {
      const { code, stderr } = await runHelm(['template', chart, '--namespace', 'pratique', '--set', assignment]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    },
  );

  test('and while the image is a placeholder the notes say that nothing is denied', async () => {
    const notesWith = async (...more: readonly string[]) => {
      const args = ['install', 'pratique', chart, '--namespace', 'pratique', '--dry-run=client', ...more];
      const { stdout } = await runHelm(args);
      return stdout.slice(stdout.indexOf('\nNOTES:'));
    };
    const words = 'image.repository is a placeholder';
    expect(await notesWith('--set', 'config.default.mode=enforce')).toContain(words);
    const own = await notesWith('--set', 'image.repository=registry.test/pratique');
    expect(own).toContain('Is it up?');
    expect(own).not.toContain(words);
  });

  test('the namespace default, whose pods nobody would deny', async () => {
    const { code, stderr } = await runHelm(['template', 'pratique', chart, '--namespace', 'default']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('a namespace of its own') });
  });
});

test.each([
  { tls: { mode: 'self' }, serviceAccount: { name: '12' }, priorityClassName: '100', autoscaling: { enabled: true } },
  { tls: { mode: 'certManager' }, helmTest: { namespace: '007' }, metrics: { serviceMonitor: { enabled: true } } },
  {
    tls: { mode: 'existingSecret', existingSecret: { name: '1e3' } },
    webhook: { clientCA: { configMapName: '0x1f' } },
  },
])('names that read as numbers stay texts, with tls.mode $tls.mode', async (values) => {
  const file = join(await mkdtemp(join(folder.path, 'numbers-')), 'values.json');
  await writeFile(file, JSON.stringify({ ...values, fullnameOverride: 'pratique' }));
  const { stdout, stderr } = await runHelm(['template', '42', chart, '--namespace', '4e2', '-f', file]);
  expect(stderr).toBe('');
  const objects = objectsOf(stdout);
  expect(objects.length).toBeGreaterThan(8);
  const wrong = objects.flatMap((object) => numbersIn(object).map((path) => `${object.kind}.${path}`));
  expect(wrong.filter((path) => isText.test(path))).toEqual([]);
});

/** Where the API has texts only. */
const isText = /([nN]ame|[nN]amespace|namespaces|ClassName|labels\..*|matchLabels\..*|selector\..*|value)(\.\d+)?$/;

function numbersIn(value: unknown, path = ''): readonly string[] {
  if (typeof value !== 'object' || value === null) return typeof value === 'string' ? [] : [path];
  return Object.entries(value).flatMap(([key, inner]) => numbersIn(inner, path === '' ? key : `${path}.${key}`));
}

test('a label that is asked for twice is rendered once, and those that select pods are the chart’s', async () => {
  const labels = { 'app.kubernetes.io/part-of': 'platform', 'app.kubernetes.io/name': 'other', team: 'build' };
  const metrics = { serviceMonitor: { enabled: true, labels: { team: 'monitoring' } } };
  const file = join(await mkdtemp(join(folder.path, 'labels-')), 'values.json');
  await writeFile(file, JSON.stringify({ commonLabels: labels, metrics }));
  // A key that is there twice is an error of the parser.
  const objects = await render(['-f', file]);
  const expected = { 'app.kubernetes.io/part-of': 'platform', 'app.kubernetes.io/name': 'pratique' };
  for (const { metadata } of objects) expect(metadata['labels']).toMatchObject(expected);
  expect(one(objects, 'ServiceMonitor').metadata['labels']).toMatchObject({ team: 'monitoring' });
  expect(one(objects, 'Service').metadata['labels']).toMatchObject({ team: 'build' });
});

test('a PodDisruptionBudget always says how many may be missing', async () => {
  const { spec } = one(await render(['--set', 'podDisruptionBudget.minAvailable=null']), 'PodDisruptionBudget');
  expect(spec).toMatchObject({ maxUnavailable: 1 });
  expect(Object.keys(spec)).not.toContain('minAvailable');
  const set = one(await render(['--set', 'podDisruptionBudget.minAvailable=0']), 'PodDisruptionBudget')['spec'];
  expect(set).toMatchObject({ minAvailable: 0 });
});

test('an environment variable is named once, since server-side apply refuses two of a name', async () => {
  const set = 'extraEnv[0].name=NODE_OPTIONS,extraEnv[0].value=--use-openssl-ca';
  const envOf = async (args: readonly string[]) =>
    one(await render(args), 'Deployment')['spec'].template.spec.containers[0].env;
  expect(await envOf(['--set', set])).toEqual([{ name: 'NODE_OPTIONS', value: '--use-openssl-ca' }]);
  expect(await envOf([])).toEqual([{ name: 'NODE_OPTIONS', value: '--max-old-space-size-percentage=60' }]);
});

describe('the pods of the chart', () => {
  const usual = files.filter(({ name }) => name !== 'host-network');

  test.each(usual)('pass the profile strict, with the values of $name', async ({ name, file }) => {
    const path = join(await mkdtemp(join(folder.path, 'strict-')), `${name}.yaml`);
    await writeFile(path, await renderText(['-f', file, '--set', 'helmTest.namespace=gitlab']));
    const checked = ['src/main.ts', 'check', '--profile', 'strict', '--format', 'json', path];
    const { code, stdout } = await runProcess(process.execPath, checked, { cwd: root });
    const { results, errors } = JSON.parse(stdout);
    expect({ code, errors }).toEqual({ code: 0, errors: [] });
    const verdicts = Object.fromEntries(
      results.map((result: { kind: string; verdict: string }) => [result.kind, result.verdict]),
    );
    expect(verdicts).toEqual({ Deployment: 'allow', CronJob: 'allow', Pod: 'allow', Service: 'allow' });
  });

  test('are given no user id on OpenShift', async () => {
    const usersOf = (text: string) => text.match(/(runAsUser|runAsGroup|fsGroup): .*/g) ?? [];
    expect(usersOf(await renderText([]))).not.toEqual([]);
    expect(usersOf(await renderText(['--set', 'openshift.enabled=true']))).toEqual([]);
    expect(usersOf(await renderText(['--api-versions', 'security.openshift.io/v1']))).toEqual([]);
    const off = ['--api-versions', 'security.openshift.io/v1', '--set', 'openshift.enabled=false'];
    expect(usersOf(await renderText(off))).not.toEqual([]);
  });

  test('use the port that is asked for, everywhere', async () => {
    const objects = await render(['--set', 'webhook.securePort=10250,webhook.healthPort=10251']);
    const [container] = one(objects, 'Deployment')['spec'].template.spec.containers;
    expect(container.args).toEqual(expect.arrayContaining(['--port=10250', '--health-port=10251']));
    expect(container.ports).toEqual([
      { name: 'https', containerPort: 10250 },
      { name: 'http', containerPort: 10251 },
    ]);
    expect(one(objects, 'Service')['spec'].ports).toMatchObject([
      { port: 443, targetPort: 'https' },
      { port: 10251, targetPort: 'http' },
    ]);
    const ingress = one(objects, 'NetworkPolicy')['spec'].ingress;
    expect(ingress.map(({ ports }: { ports: { port: number }[] }) => ports[0]?.port)).toEqual([10250, 10251]);
  });

  test('on the network of the node resolve the names of the cluster, and can be replaced where nodes are few', async () => {
    const { template, strategy } = one(await render(['--set', 'hostNetwork=true']), 'Deployment')['spec'];
    expect(template.spec).toMatchObject({ hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' });
    expect(strategy.rollingUpdate).toEqual({ maxSurge: 0, maxUnavailable: 1 });
  });
});

describe('the rights of the chart', () => {
  const rulesOf = (objects: readonly Rendered[]) =>
    objects
      .filter(({ kind }) => kind === 'Role' || kind === 'ClusterRole')
      .map(({ kind, metadata, ['rules']: rules }) => ({ kind, name: metadata.name, rules }));
  const history = {
    kind: 'Role',
    name: 'pratique-config-history',
    rules: [
      { apiGroups: [''], resources: ['configmaps'], verbs: ['list', 'delete'] },
      { apiGroups: ['apps'], resources: ['replicasets'], verbs: ['list'] },
    ],
  };

  test('are for one Secret and the two configurations', async () => {
    expect(rulesOf(await render([]))).toEqual([
      {
        kind: 'ClusterRole',
        name: 'pratique',
        rules: [
          {
            apiGroups: ['admissionregistration.k8s.io'],
            resources: ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'],
            resourceNames: ['pratique'],
            verbs: ['get', 'patch'],
          },
        ],
      },
      history,
      {
        kind: 'Role',
        name: 'pratique',
        rules: [
          { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
          { apiGroups: [''], resources: ['secrets'], resourceNames: ['pratique-ca'], verbs: ['get', 'update'] },
        ],
      },
    ]);
  });

  test.each(['certManager', 'existingSecret'])('are none for the webhook where tls.mode is %s', async (mode) => {
    const objects = await render(['--set', `tls.mode=${mode},tls.existingSecret.name=serving`]);
    expect(rulesOf(objects)).toEqual([history]);
    expect(one(objects, 'Deployment')['spec'].template.spec.automountServiceAccountToken).toBe(false);
  });
});

describe('caBundle', () => {
  const bundles = async (args: readonly string[]) =>
    (await render(args))
      .flatMap(({ ['webhooks']: webhooks = [] }) => webhooks)
      .map(({ clientConfig }: { clientConfig: object }) => 'caBundle' in clientConfig);

  test.each(files)('is nobody’s but the issuer’s, with the values of $name', async ({ file }) => {
    expect(await bundles(['-f', file])).toEqual([false, false, false, false, false]);
  });

  test.each(['self', 'certManager', 'existingSecret'])(
    'is told to be kept by others or not, with tls.mode %s',
    async (mode) => {
      const objects = await render(['--set', `tls.mode=${mode},tls.existingSecret.name=serving`]);
      for (const kind of ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration']) {
        const { annotations = {} } = one(objects, kind).metadata as { annotations?: Readonly<Record<string, string>> };
        expect(annotations['pratique.dev/tls-mode']).toBe(mode === 'self' ? undefined : mode);
      }
    },
  );

  test('of cert-manager’s next CA fits the certificates of the one before: it has the same name and key', async () => {
    const certificates = of(await render(['--set', 'tls.mode=certManager']), 'Certificate');
    const policies = certificates.map(({ metadata, ['spec']: spec }) => [
      metadata.name,
      spec.privateKey.rotationPolicy,
    ]);
    expect(Object.fromEntries(policies)).toEqual({ 'pratique-ca': 'Never', 'pratique-tls': 'Always' });
  });

  test('is rendered where the values know the CA', async () => {
    const set = 'tls.mode=existingSecret,tls.existingSecret.name=serving,tls.existingSecret.caBundle=PEM';
    expect(await bundles(['--set', set])).toEqual([true, true, true, true, true]);
  });
});

test('what is rendered reads as one object a document', async () => {
  const text = await renderText(['-f', `${chart}/ci/extra-objects-values.yaml`]);
  const names = of(objectsOf(text), 'ConfigMap').map(({ metadata }) => metadata.name);
  expect(names).toEqual(expect.arrayContaining(['pratique-first', 'pratique-second']));
});
