import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cluster, startCluster } from '../harness/cluster.ts';
import { customResourceModules, moduleFiles } from '../harness/module-files.ts';
import { waitFor } from '../harness/waiting.ts';
import { objectsOf, renderText, valuesFiles } from './chart.ts';

/** The files with the CustomResourceDefinitions of what the chart can make beside Kubernetes' own objects. */
const definitions = [
  [customResourceModules.certManager, 'deploy/crds/cert-manager.io_certificates.yaml'],
  [customResourceModules.certManager, 'deploy/crds/cert-manager.io_issuers.yaml'],
  [
    customResourceModules.prometheusOperator,
    'example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml',
  ],
  [
    customResourceModules.prometheusOperator,
    'example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml',
  ],
] as const;

const files = await valuesFiles();
const install = join(import.meta.dirname, '../../deploy/install.yaml');

describe.each(['oldest', 'newest'] as const)('the %s supported Kubernetes', (version) => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({ version, log: () => undefined });
    await cluster.createNamespace('gitlab');
    const namespace = objectsOf(await readFile(install, 'utf8')).filter(({ kind }) => kind === 'Namespace');
    await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(namespace[0]) });
    for (const [module, file] of definitions) {
      const { code, stderr } = await cluster.kubectl(['create', '-f', join(await moduleFiles(module), file)]);
      if (code !== 0) throw new Error(stderr);
    }
    const groups = ['cert-manager.io/v1', 'monitoring.coreos.com/v1'];
    await waitFor('the custom resources', async () => {
      const answers = await Promise.all(groups.map((group) => cluster.api.request('GET', `/apis/${group}`)));
      return answers.every(({ status }) => status === 200);
    });
  });
  afterAll(() => cluster?.stop());

  const apply = (args: readonly string[], input?: string) =>
    cluster.kubectl(['apply', '--dry-run=server', '--validate=strict', ...args], input === undefined ? {} : { input });

  test.each(files)('takes each object that the values of $name render, strictly', async ({ file }) => {
    const text = await renderText(['-f', file, '--set', 'helmTest.namespace=gitlab']);
    const { code, stdout, stderr } = await apply(['-f', '-'], text);
    // The namespace is that of install.yaml; whoever chooses hostNetwork needs one that lets it.
    const warning = 'Warning: would violate PodSecurity "restricted:latest": host namespaces (hostNetwork=true)\n';
    expect({ code, stderr }).toEqual({ code: 0, stderr: text.includes('hostNetwork: true') ? warning : '' });
    const objects = text.match(/^kind: /gm)?.length;
    expect(stdout.match(/ created \(server dry run\)$/gm)).toHaveLength(objects ?? 0);
  });

  test('takes the plain manifests', async () => {
    const webhooks = join(import.meta.dirname, '../../deploy/webhooks.yaml');
    expect(await apply(['-f', webhooks])).toMatchObject({ code: 0, stderr: '' });
    expect(await cluster.kubectl(['apply', '--validate=strict', '-f', install])).toMatchObject({ code: 0, stderr: '' });
    const page = await readFile(join(import.meta.dirname, '../../docs/install.md'), 'utf8');
    const [, command = '', patch = ''] = /^kubectl (.* patch .*) --patch='([^']+)'$/m.exec(page) ?? [];
    expect(await cluster.kubectl([...command.split(' '), `--patch=${patch}`])).toMatchObject({ code: 0, stderr: '' });
    const path = '/apis/apps/v1/namespaces/pratique/deployments/pratique';
    const { spec } = await cluster.api.expect<{ spec: { template: { spec: { volumes: unknown[] } } } }>('GET', path);
    const configMap = { name: 'pratique-config-enforce', defaultMode: 0o644 };
    expect(spec.template.spec.volumes).toEqual([{ name: 'config', configMap }]);
  });

  test('refuses a field that it does not know', async () => {
    const text = (await renderText([])).replace('  revisionHistoryLimit:', '  revisionHistoryLimits:');
    const { code, stderr } = await apply(['-f', '-'], text);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('unknown field "spec.revisionHistoryLimits"'),
    });
  });
});
