import { expect, test } from 'vitest';
import type { ClusterApi } from '../cluster/api.ts';
import { gather } from './gather.ts';
import { usageIn } from './usage.ts';

const namespace = 'pratique';
const options = { namespace, name: 'pratique', configuration: undefined, clock: 0, inCluster: false };
const own = (rest: string) => `/api/v1/namespaces/${namespace}/${rest}`;
const deploymentPath = `/apis/apps/v1/namespaces/${namespace}/deployments/pratique`;

const deployment = {
  spec: {
    template: {
      spec: {
        containers: [
          {
            args: ['serve', '--config=/etc/pratique/site.yaml'],
            volumeMounts: [{ name: 'c', mountPath: '/etc/pratique' }],
          },
        ],
        volumes: [{ name: 'c', configMap: { name: 'site' } }],
      },
    },
  },
};

/** Answers what it has, as an API server would; everything else is an empty list or not there. */
function apiOf(answers: Readonly<Record<string, unknown>>): ClusterApi {
  return {
    send: (_method, path) => {
      const body = answers[path];
      return Promise.resolve(body === undefined ? { status: 404, body: {} } : { status: 200, body });
    },
  };
}

const configMap = (text: string) => ({
  [deploymentPath]: deployment,
  [own('configmaps/site')]: { data: { 'site.yaml': text } },
});
const head = 'apiVersion: pratique.dev/v1alpha1\nkind: PratiqueConfiguration\n';

test('the configuration is that of the ConfigMap which the Deployment mounts', async () => {
  const { configuration } = await gather(apiOf(configMap(`${head}default: { mode: warn }`)), options);
  expect(configuration).toMatchObject({ kind: 'read', value: { effective: { default: { mode: 'warn' } } } });
});

test('a configuration that is invalid, or not there, is told as that', async () => {
  const invalid = await gather(apiOf(configMap(`${head}defualt: {}`)), options);
  expect(invalid.source).toMatchObject({
    value: {
      configMap: { name: 'site', key: 'site.yaml' },
      problem: 'invalid',
      lines: [expect.stringContaining('defualt')],
    },
  });
  expect(invalid.configuration.kind).toBe('unread');
  const missing = await gather(apiOf({ [deploymentPath]: deployment }), options);
  expect(missing.source).toMatchObject({
    value: { problem: 'missing', lines: ['there is no ConfigMap pratique/site'] },
  });
});

test('the certificate is that of the Secret which the Deployment mounts, in the modes of others', async () => {
  const spec = { template: { spec: { volumes: [{ name: 'tls', secret: { secretName: 'mine' } }] } } };
  const pem = '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----';
  const data = { 'tls.crt': Buffer.from(`${pem}\n${pem}\n`).toString('base64') };
  const { served } = await gather(apiOf({ [deploymentPath]: { spec }, [own('secrets/mine')]: { data } }), options);
  expect(served).toMatchObject({ value: { chain: [pem, pem], source: 'the Secret pratique/mine' } });
});

test('counters are those of every ready replica, or of none', async () => {
  const endpoint = (name: string, ready = true) => ({ targetRef: { name }, conditions: { ready } });
  const items = [
    { ports: [{ name: 'http', port: 8080 }], endpoints: [endpoint('a'), endpoint('b'), endpoint('c', false)] },
  ];
  const slices = { [`/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`]: { items } };
  const metrics = (pod: string) => own(`pods/http:${pod}:8080/proxy/metrics`);
  const text = 'pratique_exemption_uses_total{exemption="agent"} 2\nprocess_start_time_seconds 7\n';
  const both = await gather(apiOf({ ...slices, [metrics('a')]: text, [metrics('b')]: text }), options);
  expect(both.usage).toMatchObject({ value: [{ replica: 'a', startedAt: 7000 }, { replica: 'b' }] });
  const one = await gather(apiOf({ ...slices, [metrics('a')]: text }), options);
  expect(one.usage).toMatchObject({ kind: 'unread', why: expect.stringContaining('the metrics of b') });
});

test('uses are read from the text of the metrics', () => {
  const text = [
    '# HELP pratique_exemption_uses_total Reviews',
    'pratique_exemption_uses_total{exemption="agent"} 3',
    'pratique_exemption_uses_total{exemption="other",pod="x"} 0',
    'process_start_time_seconds 1700000000',
  ].join('\n');
  expect(usageIn(text, 'one')).toEqual({
    replica: 'one',
    startedAt: 1_700_000_000_000,
    uses: new Map([
      ['agent', 3],
      ['other', 0],
    ]),
  });
});

test('the constraints of Gatekeeper are of the kinds that it has made', async () => {
  const group = '/apis/constraints.gatekeeper.sh/v1beta1';
  const resources = [
    { name: 'k8spsphostfilesystem', kind: 'K8sPSPHostFilesystem' },
    { name: 'k8spsphostfilesystem/status' },
  ];
  const items = [{ metadata: { name: 'planted' } }];
  const { gatekeeper } = await gather(
    apiOf({ [group]: { resources }, [`${group}/k8spsphostfilesystem`]: { items } }),
    options,
  );
  expect(gatekeeper).toMatchObject({ value: [{ kind: 'K8sPSPHostFilesystem', metadata: { name: 'planted' } }] });
});

test('policies come with their bindings, and on an API server that knows no mutating ones there are none', async () => {
  const group = '/apis/admissionregistration.k8s.io/v1';
  const items = [{ metadata: { name: 'pratique-safety-net' } }];
  const { validatingPolicies, mutatingPolicies } = await gather(
    apiOf({
      [`${group}/validatingadmissionpolicies`]: { items },
      [`${group}/validatingadmissionpolicybindings`]: { items },
    }),
    options,
  );
  expect(validatingPolicies).toMatchObject({
    value: [{ kind: 'ValidatingAdmissionPolicy' }, { kind: 'ValidatingAdmissionPolicyBinding' }],
  });
  expect(mutatingPolicies).toEqual({ kind: 'read', value: [] });
});
