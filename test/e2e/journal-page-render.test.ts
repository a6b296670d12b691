import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readPlaces } from '../harness/verdict-places.ts';
import { chart, type Rendered, render, runHelm } from './chart.ts';

type Values = readonly string[];

const set = (...assignments: readonly string[]): Values =>
  ['journal.enabled=true', ...assignments].flatMap((one) => ['--set', one]);
const page = 'journal.page.enabled=true';
const headers = ['journal.page.userHeader=X-Forwarded-User', 'journal.page.groupsHeader=X-Forwarded-Groups'];
const signIn = [page, ...headers, 'journal.page.allowGroups={auditors,platform security}'];
const container = ['journal.extraContainers[0].name=proxy', 'journal.extraContainers[0].image=proxy:1'];
const sidecar = [...signIn, ...container, 'journal.page.proxyPort=4180'];
const elsewhere = [
  ...signIn,
  'journal.page.clientCA.configMapName=sign-in',
  'journal.page.clientNames={proxy.example}',
];

async function journalOf(values: Values) {
  const objects = await render(values);
  const find = (kind: string): Rendered['spec'] =>
    objects.find((one) => one.kind === kind && one.metadata.name === 'pratique-journal')?.['spec'];
  const pod = find('Deployment').template.spec;
  const pageFlags = pod.containers[0].args.filter((arg: string) => arg.startsWith('--page-'));
  return { pod, pageFlags, service: find('Service'), policy: find('NetworkPolicy') };
}

const refusal = async (values: Values) => {
  const { code, stderr } = await runHelm(['template', 'pratique', chart, '--namespace', 'pratique', ...values]);
  return { code, stderr };
};

test('there is no page unless it is asked for, whatever else is said of it', async () => {
  const { pageFlags, service, policy } = await journalOf(set(...sidecar, 'journal.page.enabled=false'));
  expect(pageFlags).toEqual([]);
  expect(service.ports).toHaveLength(2);
  expect(policy.ingress).toHaveLength(2);
});

test('without sign-in it listens in the pod, and nothing else leads to it', async () => {
  const [without, withIt] = [await journalOf(set()), await journalOf(set(page, 'journal.page.port=9000'))];
  expect(withIt.pageFlags).toEqual(['--page-port=9000']);
  expect([withIt.service, withIt.policy]).toEqual([without.service, without.policy]);
  expect(withIt.pod.containers[0].ports).toEqual(without.pod.containers[0].ports);
});

test('with an auth proxy in its pod the Service and the policy lead to the proxy, and never to the page', async () => {
  const { pod, pageFlags, service, policy } = await journalOf(set(...sidecar));
  expect(pod.containers.map(({ name }: { name: string }) => name)).toEqual(['journal', 'proxy']);
  expect(pageFlags).toEqual([
    '--page-port=8082',
    '--page-user-header=X-Forwarded-User',
    '--page-groups-header=X-Forwarded-Groups',
    '--page-allow-group=auditors',
    '--page-allow-group=platform security',
  ]);
  expect(service.ports).toContainEqual({ name: 'page', port: 4180, targetPort: 4180 });
  expect(policy.ingress).toContainEqual({ ports: [{ protocol: 'TCP', port: 4180 }] });
  expect(JSON.stringify([service, policy])).not.toContain('8082');
});

test('with an auth proxy elsewhere they lead to the page, which knows the name of its certificate', async () => {
  const { pod, pageFlags, service, policy } = await journalOf(set(...elsewhere));
  expect(pageFlags).toEqual(
    expect.arrayContaining([
      '--page-host=pratique-journal.pratique.svc',
      '--page-client-ca-file=/page-client-ca/ca.crt',
      '--page-client-name=proxy.example',
    ]),
  );
  expect(pod.volumes).toContainEqual({ name: 'page-client-ca', configMap: { name: 'sign-in' } });
  expect(pod.containers[0].volumeMounts).toContainEqual({
    name: 'page-client-ca',
    mountPath: '/page-client-ca',
    readOnly: true,
  });
  expect(service.ports).toContainEqual({ name: 'page', port: 8082, targetPort: 8082 });
  expect(policy.ingress).toContainEqual({ ports: [{ protocol: 'TCP', port: 8082 }] });
});

test('who may reach it is said once, for both', async () => {
  const from = [{ namespaceSelector: { matchLabels: { team: 'ingress' } } }];
  const only = 'networkPolicy.pageFrom[0].namespaceSelector.matchLabels.team=ingress';
  for (const values of [sidecar, elsewhere]) {
    const { policy } = await journalOf(set(...values, only));
    expect(policy.ingress.at(-1).from).toEqual(from);
    expect(policy.ingress.filter((rule: { from?: unknown }) => rule.from !== undefined)).toHaveLength(2);
  }
});

test('where egress is closed, the auth proxy resolves names and reaches what the API server is reached by', async () => {
  const egressOf = async (values: Values) => (await journalOf([...values, '--set', closed])).policy.egress;
  const closed = 'networkPolicy.egress.enabled=true';
  const [without, withProxy] = [await egressOf(set(page)), await egressOf(set(...sidecar))];
  const names = ['UDP', 'TCP'].map((protocol) => ({ protocol, port: 53 }));
  expect(withProxy).toEqual([...without, { ports: names }]);
  expect(await egressOf(set(...elsewhere))).toEqual(without);
});

test('what runs beside the journal gets neither its token nor its key', async () => {
  const { pod } = await journalOf(set(...sidecar, 'tls.mode=certManager'));
  const [journal, proxy] = pod.containers;
  expect(pod.automountServiceAccountToken).toBe(false);
  expect(proxy).toEqual({ name: 'proxy', image: 'proxy:1' });
  expect(journal.volumeMounts).toContainEqual({
    name: 'token',
    mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
    readOnly: true,
  });
});

test('further volumes are there for it', async () => {
  const volume = ['journal.extraVolumes[0].name=own', 'journal.extraVolumes[0].configMap.name=proxy'];
  const { pod } = await journalOf(set(...sidecar, ...volume));
  expect(pod.volumes).toContainEqual({ name: 'own', configMap: { name: 'proxy' } });
});

describe('values that are wrong together are refused', () => {
  test.each([
    ['one header', [page, 'journal.page.userHeader=X-User'], 'userHeader and journal.page.groupsHeader go together'],
    ['the other', [page, 'journal.page.groupsHeader=X-Groups'], 'userHeader and journal.page.groupsHeader go together'],
    ['one header for both', [...signIn, 'journal.page.groupsHeader=x-forwarded-user'], 'are the same header'],
    ['headers without groups', [page, ...headers], 'no group is allowed, so nobody could look'],
    ['groups without headers', [page, 'journal.page.allowGroups={a}'], 'nobody else tells the groups'],
    ['a CA without names', [...elsewhere, 'journal.page.clientNames=null'], 'journal.page.clientNames: with'],
    ['names without a CA', [...signIn, 'journal.page.clientNames={a}'], 'nobody else vouches for the names'],
    ['a CA without headers', [page, ...elsewhere.slice(-2)], 'names the auth proxy, not who asks'],
    ['two proxies', [...elsewhere, ...sidecar.slice(-3)], 'not both'],
    ['a proxy whom nobody asks', [page, ...sidecar.slice(-3)], 'to all whom the proxy lets pass'],
    ['a port without a proxy', [...signIn, 'journal.page.proxyPort=4180'], 'there is no auth proxy'],
    ['the port of the proxy for the page', [...sidecar, 'journal.page.port=4180'], 'are other ports'],
    ['the port of records for the page', [page, 'journal.page.port=8444'], 'are other ports'],
    ['the port of probes for the proxy', [...sidecar, 'journal.page.proxyPort=8081'], 'are other ports'],
  ])('%s', async (_, values, reason) => {
    expect(await refusal(set(...values))).toEqual({ code: 1, stderr: expect.stringContaining(reason) });
  });

  test.each([
    ['a group that no header can hold', 'journal.page.allowGroups[0]=a\\,b', "at '/journal/page/allowGroups/0'"],
    ['a header with a space', 'journal.page.userHeader=X User', "at '/journal/page/userHeader'"],
    ['a host with its port', 'journal.page.hosts[0]=journal.example.com:443', "at '/journal/page/hosts/0'"],
    ['a container without an image', container[0] ?? '', "at '/journal/extraContainers/0'"],
    [
      'a container with a misspelt field',
      `${container.join()},journal.extraContainers[0].arg={a}`,
      "'arg' not allowed",
    ],
    [
      'a volume of the node',
      'journal.extraVolumes[0].name=a,journal.extraVolumes[0].hostPath.path=/',
      "'hostPath' not",
    ],
    ['a misspelt value', 'journal.page.allowGroup={a}', "additional properties 'allowGroup' not allowed"],
  ])('%s', async (_, value, complaint) => {
    expect(await refusal(set(page, value))).toEqual({ code: 1, stderr: expect.stringContaining(complaint) });
  });
});

test.each([
  ['nobody signs in', [page], 'port-forward deployment/pratique-journal 8082'],
  ['a proxy is in the pod', sidecar, 'port 4180 of the Service pratique-journal, through the auth proxy in its pod'],
  [
    'a proxy is elsewhere',
    elsewhere,
    'port 8082 of the Service pratique-journal, for an auth proxy with a certificate',
  ],
])('the notes say how to reach it where %s', async (_, values, words) => {
  const args = ['install', 'pratique', chart, '--namespace', 'pratique', '--dry-run=client', ...set(...values)];
  const { stdout, stderr } = await runHelm(args);
  expect(stdout.slice(stdout.indexOf('\nNOTES:')), stderr).toContain(words);
});

test('the proxy of the documentation listens and asks where the values say, and lets the same group in', () => {
  const [block] = readPlaces().blocks.filter(({ place }) => place.startsWith('docs/journal-page.md:'));
  const { page: told, extraContainers } = parse(block?.text ?? '').journal;
  const [proxy] = extraContainers;
  expect(proxy.args).toEqual(
    expect.arrayContaining([
      `--http-address=0.0.0.0:${told.proxyPort}`,
      '--upstream=http://127.0.0.1:8082',
      `--allowed-group=${told.allowGroups[0]}`,
    ]),
  );
  expect([told.allowGroups.length, told.port]).toEqual([1, undefined]);
  expect(proxy.ports).toEqual([{ name: 'sign-in', containerPort: told.proxyPort }]);
});
