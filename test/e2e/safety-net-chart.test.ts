import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { longestExpression } from '../../src/safety-net/expressions.ts';
import type { ApiObject } from '../harness/api-client.ts';
import { type Cluster, startCluster } from '../harness/cluster.ts';
import { runProcess } from '../harness/processes.ts';
import { chart, objectsOf, type Rendered, render, renderText, runHelm } from './chart.ts';
import { createPolicies, deletePolicies, untilJudged } from './net-policies.ts';
import { pod } from './pods.ts';

const program = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const withPolicies = ['--api-versions', 'admissionregistration.k8s.io/v1/MutatingAdmissionPolicy'];

/** Values with what the chart cannot write in CEL by itself. */
const full = parse(`
config:
  default: { mode: warn }
  namespaces:
    - { match: [jobs], mode: enforce, builders: [{ profile: sysbox, containers: [build] }] }
  mountFuse: { namespaces: [jobs], count: 2 }
  exemptions:
    - name: agent
      namespaces: [agents]
      allow: { privileged: true, host-path-protected: { paths: [{ path: "/dev<&>", readOnly: true }] } }
      owner: platform-team
      reason: a reason with "quotes" & <signs>
      expires: 2099-06-30
`) as Readonly<Record<string, unknown>>;

let folder: string;
let values: string;
let vap: string;
let map: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pratique-net-'));
  values = await file('values.yaml', stringify(full));
  const configMap = await file('configmap.yaml', await renderText(['-f', values, '-s', 'templates/configmap.yaml']));
  vap = await file('vap.yaml', await generate('vap', configMap));
  map = await file('map.yaml', await generate('map', configMap));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

/** One of the documents of the file that was generated. */
async function partOf(index: number): Promise<string> {
  const documents = (await readFile(vap, 'utf8')).split(/^---$/m).filter((text) => text.trim() !== '');
  return documents[index] ?? '';
}

async function generate(what: 'vap' | 'map', config: string): Promise<string> {
  const { code, stdout, stderr } = await runProcess(process.execPath, [program, 'generate', what, '--config', config]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

function policiesIn(objects: readonly Rendered[]): readonly Rendered[] {
  return objects.filter(({ kind }) => kind.includes('AdmissionPolicy'));
}

const actionsOf = (objects: readonly Rendered[]) =>
  policiesIn(objects).flatMap(({ spec }) => [spec.validationActions ?? []].flat());

async function refusal(args: readonly string[]): Promise<string> {
  const { code, stderr } = await runHelm(['template', 'pratique', chart, '--namespace', 'pratique', ...args]);
  expect(code).toBe(1);
  return stderr;
}

describe('the values of a first installation', () => {
  test.for([
    ['Audit', ['Audit']],
    ['Warn', ['Warn', 'Audit']],
    ['Deny', ['Deny', 'Audit']],
  ] as const)('%s', async ([action, expected]) => {
    const objects = await render(['--set', `safetyNet.action=${action}`]);
    expect(policiesIn(objects).map(({ kind }) => kind)).toEqual([
      'ValidatingAdmissionPolicy',
      'ValidatingAdmissionPolicyBinding',
    ]);
    expect(actionsOf(objects)).toEqual(expected);
  });

  test('Audit is the default, and none is nothing', async () => {
    expect(actionsOf(await render([]))).toEqual(['Audit']);
    expect(policiesIn(await render(['--set', 'safetyNet.action=none']))).toEqual([]);
  });

  test('kube-system is only recorded, as by the webhook, where the values say nothing of namespaces', async () => {
    const scopeWith = async (name: string, config: object) => {
      const own = await file(name, stringify({ config, webhook: { enforceKubeSystem: true } }));
      const [policy] = policiesIn(await render(['-f', own]));
      const variables: readonly { readonly name: string; readonly expression: string }[] = policy?.['spec'].variables;
      return variables.find(({ name }) => name === 'scope')?.expression;
    };
    const byDefault = { default: { mode: 'enforce' } };
    expect(await scopeWith('without-list.yaml', byDefault)).toBe("(request.namespace == 'kube-system') ? -1 : 0");
    expect(await scopeWith('empty-list.yaml', { ...byDefault, namespaces: [] })).toBe('0');
  });

  test('an expression that the API server would not take is refused with a sentence', async () => {
    const match = Array.from({ length: 2_000 }, (_, index) => `${'n'.repeat(55)}-${index}`);
    const own = await file('many.yaml', stringify({ config: { namespaces: [{ match, mode: 'enforce' }] } }));
    expect(await refusal(['-f', own])).toMatch(
      /namespace-is-enforced of pratique-safety-net would have \d+ characters, and the API server takes at most 100000/,
    );
    expect(policiesIn(await render(['-f', own, '--set', 'safetyNet.action=none']))).toEqual([]);
  });

  test('the policy looks at the namespaces that the webhook denies in', async () => {
    const objects = await render(['--set', 'webhook.bootstrapNamespaces={cni}']);
    const [policy] = policiesIn(objects);
    const webhooks = objects.find(({ kind }) => kind === 'ValidatingWebhookConfiguration')?.['webhooks'];
    expect(policy?.['spec'].matchConstraints.namespaceSelector).toEqual(webhooks[0].namespaceSelector);
    expect(JSON.stringify(webhooks[0].namespaceSelector)).toContain('cni');
  });
});

describe('values that say more than the chart can write in CEL', () => {
  test('at Audit there is no net, and the notes say how to get one', async () => {
    expect(policiesIn(await render(['-f', values]))).toEqual([]);
  });

  test.for(['Warn', 'Deny'])('%s is refused, since what is exempt would be denied', async (action) => {
    const said = await refusal(['-f', values, '--set', `safetyNet.action=${action}`]);
    expect(said).toContain(`safetyNet.action ${action}: the chart cannot write config.exemptions, config.mountFuse`);
    expect(said).toContain('pratique generate vap');
  });

  test.for([
    ['a policy without its binding', 0, 'bindings of none'],
    ['a binding without its policy', 1, 'the policies none'],
  ] as const)('%s is refused, since it would hold nothing', async ([, kept, message]) => {
    const part = await file(`part-${kept}.yaml`, await partOf(kept));
    const said = await refusal([
      '-f',
      values,
      '--set',
      'safetyNet.action=Deny',
      '--set-file',
      `safetyNet.policies=${part}`,
    ]);
    expect(said).toContain('safetyNet.policies is not whole');
    expect(said).toContain(message);
  });

  test('what is generated of the same configuration is taken, with the names and the action of the release', async () => {
    const args = [
      '-f',
      values,
      '--set',
      'safetyNet.action=Deny,fullnameOverride=gate',
      '--set-file',
      `safetyNet.policies=${vap}`,
    ];
    const objects = policiesIn(await render(args));
    expect(objects.map(({ metadata }) => metadata.name)).toEqual(['gate-safety-net', 'gate-safety-net']);
    expect(actionsOf(objects)).toEqual(['Deny', 'Audit']);
    expect(objects[1]?.['spec'].policyName).toBe('gate-safety-net');
    expect(JSON.stringify(objects)).toContain("request.namespace in ['agents']");
  });

  test('what was generated of another configuration is refused', async () => {
    const said = await refusal([
      '-f',
      values,
      '--set',
      'config.exemptions[0].namespaces={other}',
      '--set-file',
      `safetyNet.policies=${vap}`,
    ]);
    expect(said).toContain('safetyNet.policies was made from another configuration than config');
  });

  test('what is something else is refused', async () => {
    expect(await refusal(['-f', values, '--set-file', `safetyNet.policies=${map}`])).toContain(
      'safetyNet.policies has no ValidatingAdmissionPolicy',
    );
  });
});

describe('the mutation by a policy', () => {
  const args = ['-f', () => values, '--set', 'mutation.by=policy', '--set-file', () => `mutation.policies=${map}`].map(
    (one) => () => (typeof one === 'string' ? one : one()),
  );
  const kindsOf = async (more: readonly string[]) =>
    (await render([...args.map((one) => one()), ...more])).map(({ kind }) => kind);

  test('takes the place of the webhook where the cluster has such policies', async () => {
    const kinds = await kindsOf(withPolicies);
    expect(kinds).toContain('MutatingAdmissionPolicy');
    expect(kinds).toContain('MutatingAdmissionPolicyBinding');
    expect(kinds).not.toContain('MutatingWebhookConfiguration');
  });

  test('leaves it to the webhook where it has none, as before Kubernetes 1.36', async () => {
    const kinds = await kindsOf([]);
    expect(kinds).not.toContain('MutatingAdmissionPolicy');
    expect(kinds).toContain('MutatingWebhookConfiguration');
  });

  test('is refused without what is generated', async () => {
    expect(await refusal(['--set', 'mutation.by=policy'])).toContain('pratique generate map');
  });
});

describe.each(['newest', 'oldest'] as const)('on the %s Kubernetes', (version) => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({ version, log: () => undefined });
    for (const name of ['team-a', 'team-b', 'team-legacy', 'agents', 'jobs']) await cluster.createNamespace(name);
  });
  afterAll(() => cluster?.stop());

  const send = (namespace: string, spec: Readonly<Record<string, unknown>> = { hostPID: true }) =>
    cluster.api.request<ApiObject>('POST', `/api/v1/namespaces/${namespace}/pods`, pod('probe', { namespace, spec }), {
      dryRun: true,
    });

  test('the net of the chart denies in the namespaces that the values enforce, the first match first', async () => {
    const config = {
      namespaces: [
        { match: ['team-legacy'], mode: 'audit' },
        { match: ['team-*'], mode: 'enforce', acceptGlob: true },
      ],
      default: { mode: 'warn' },
    };
    const own = await file('teams.yaml', stringify({ config, safetyNet: { action: 'Deny' } }));
    const objects = policiesIn(objectsOf(await renderText(['-f', own])));
    await createPolicies(cluster.api, objects);
    await untilJudged('the net', () => send('team-a'));
    expect((await send('team-a')).body.message).toContain(
      "ValidatingAdmissionPolicy 'pratique-safety-net' with binding",
    );
    expect((await send('team-b')).status).toBe(403);
    expect((await send('team-legacy')).status).toBe(201);
    expect((await send('agents')).status).toBe(201);
    await deletePolicies(cluster.api, objects);
  });

  test('one expression has as many characters as the program takes, and no more', async () => {
    const answerTo = async (size: number) => {
      const expression = `'é' == ''${' '.repeat(size - 9)}`;
      const policy = {
        metadata: { name: 'long' },
        spec: {
          matchConstraints: {
            resourceRules: [{ apiGroups: [''], apiVersions: ['*'], operations: ['CREATE'], resources: ['pods'] }],
          },
          validations: [{ expression }],
        },
      };
      const path = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
      return (await cluster.api.request<ApiObject>('POST', path, policy, { dryRun: true })).status;
    };
    expect(await answerTo(longestExpression)).toBe(201);
    expect(await answerTo(longestExpression + 1)).toBe(422);
  });

  test('what is generated is compiled, and holds', async () => {
    const args = ['-f', values, '--set', 'safetyNet.action=Deny', '--set-file', `safetyNet.policies=${vap}`];
    await createPolicies(cluster.api, policiesIn(await render(args)));
    await untilJudged('the net', () => send('jobs'));
    expect((await send('team-a')).status).toBe(201);
  });
});
