import { beforeAll, describe, expect, test } from 'vitest';
import { about, clock, configured, diagnosed, healthyParts, idsOf } from '../../test/harness/doctor-state.ts';
import { loadConfiguration } from '../config/load.ts';
import type { Fields } from '../kubernetes/shape.ts';
import { fusePolicy } from '../safety-net/fuse-policy.ts';
import type { NetAction } from '../safety-net/net-variables.ts';
import { safetyNet } from '../safety-net/policy.ts';
import { createCa } from '../tls/issue.ts';
import { beyondChart, expectedChartNet } from './expected-net.ts';
import type { LoadedConfiguration, Parts } from './state.ts';

const exceptNamespaces = ['kube-system', 'kube-node-lease', 'pratique'];
const { version } = about;

let pem: string;
let parts: Parts;
beforeAll(async () => {
  pem = (await createCa(clock, 1000 * 86_400_000)).certificate.pem;
  parts = healthyParts(pem);
});

/** Objects as the API server gives them: what is empty filled in, and what it keeps of its own. */
function stored(objects: readonly object[], metadata: object = {}): readonly Fields[] {
  return (JSON.parse(JSON.stringify(objects)) as readonly Fields[]).map((object) => {
    const spec = object['spec'] as Fields;
    const constraints = spec['matchConstraints'];
    const filled = { ...spec, matchConstraints: { ...(constraints as object), objectSelector: {} } };
    return {
      ...object,
      metadata: { ...(object['metadata'] as object), uid: 'u', generation: 1, ...metadata },
      spec: constraints === undefined || 'objectSelector' in (constraints as object) ? spec : filled,
    };
  });
}

interface Made {
  readonly from?: LoadedConfiguration;
  readonly action?: NetAction;
  readonly at?: number;
  readonly by?: string;
}

function net({ from = parts.configuration, action = 'Deny', at = clock, by = version }: Made = {}): readonly Fields[] {
  const options = { name: 'pratique', action, exceptNamespaces, clock: at };
  return stored(safetyNet({ ...from, version: by }, options).objects);
}

function map({ from = parts.configuration, by = version }: Made = {}): readonly Fields[] {
  return stored(fusePolicy({ ...from, version: by }, { name: 'pratique', exceptNamespaces }));
}

/** What is said when objects are there as they are; `change` is given the spec of each. */
const changed = (objects: readonly Fields[], kind: string, change: (spec: Fields) => object): readonly Fields[] =>
  objects.map((one) => (one['kind'] === kind ? { ...one, spec: change(one['spec'] as Fields) } : one));

const withNet = (validatingPolicies: readonly Fields[], more: Partial<Parts> = {}): Parts => ({
  ...parts,
  validatingPolicies,
  ...more,
});

const byPolicy = (mutatingPolicies: readonly Fields[], more: Partial<Parts> = {}): Parts => ({
  ...parts,
  mutating: [],
  mutatingPolicies,
  ...more,
});

const without = (objects: readonly Fields[], kind: string) => objects.filter((one) => one['kind'] !== kind);

const [vap, vapBinding] = ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'];
const [mutator, mutatorBinding] = ['MutatingAdmissionPolicy', 'MutatingAdmissionPolicyBinding'];

describe('the safety net', () => {
  test.each(['Audit', 'Warn', 'Deny'] as const)('is silent about one that is right, at %s', (action) => {
    expect(idsOf(withNet(net({ action })))).toEqual([]);
  });

  test('that is not there is a choice', () => {
    expect(idsOf(withNet([]))).toEqual([]);
  });

  test('of somebody else is not looked at', () => {
    const others = net().map((one) => ({ ...one, metadata: { name: 'others' }, spec: { policyName: 'others' } }));
    expect(idsOf(withNet(others))).toEqual([]);
  });

  test('whose binding is missing holds nothing', () => {
    const [first, ...rest] = diagnosed(withNet(without(net(), vapBinding)));
    expect(rest).toEqual([]);
    expect(first).toMatchObject({ id: 'safety-net-missing', severity: 'warning' });
    expect(first?.evidence).toEqual([
      'there is no validatingadmissionpolicybinding pratique-safety-net: nothing asks its policy',
    ]);
    expect(first?.command).toBe(
      "kubectl --namespace pratique get configmap pratique-config-1 --output=jsonpath='{.data.config\\.yaml}' | pratique generate vap --config /dev/stdin --name pratique --action Audit --except-namespace kube-system --except-namespace kube-node-lease --except-namespace pratique | kubectl apply --server-side --force-conflicts --filename=-",
    );
  });

  test('whose policy is missing holds nothing, and Helm makes it again where Helm made it', () => {
    const annotations = { 'meta.helm.sh/release-name': 'release' };
    const helmed = net().map((one) => {
      const metadata = one['metadata'] as { readonly annotations: object };
      return { ...one, metadata: { ...metadata, annotations: { ...metadata.annotations, ...annotations } } };
    });
    const [first] = diagnosed(withNet(without(helmed, vap)));
    expect(first).toMatchObject({
      id: 'safety-net-missing',
      command: expect.stringMatching(/^helm upgrade release CHART/),
    });
  });

  test('may be bound by a binding of another name', () => {
    const bound = net().map((one) => (one['kind'] === vapBinding ? { ...one, metadata: { name: 'mine' } } : one));
    expect(idsOf(withNet(bound))).toEqual([]);
  });

  test('of another configuration is stale, worse when it denies', () => {
    const from = configured('[]');
    expect(diagnosed(withNet(net({ from })))).toMatchObject([
      {
        id: 'safety-net-stale',
        severity: 'error',
        evidence: [expect.stringMatching(/made from the configuration [0-9a-f]{12}, and [0-9a-f]{12} is in force/)],
        command: expect.stringContaining('--action Deny'),
      },
    ]);
    expect(diagnosed(withNet(net({ from, action: 'Audit' })))[0]?.severity).toBe('warning');
  });

  test('of another version is stale', () => {
    expect(diagnosed(withNet(net({ by: '1.2.2' })))).toMatchObject([
      { id: 'safety-net-stale', evidence: [expect.stringContaining('made by version 1.2.2, and 1.2.3 is installed')] },
    ]);
  });

  test('of the installed version, and not of the program that looks, is not compared, and that is said', () => {
    const edited = changed(net(), vap, (spec) => ({ ...spec, failurePolicy: 'Ignore' }));
    expect(diagnosed(withNet(edited), { version: '1.3.0' })).toMatchObject([
      { id: 'policies-not-compared', severity: 'info', evidence: expect.arrayContaining([expect.any(String)]) },
    ]);
  });

  const edits: readonly (readonly [name: string, kind: string, change: (spec: Fields) => object, line: string])[] = [
    ['open when it fails', vap, (spec) => ({ ...spec, failurePolicy: 'Ignore' }), 'spec.failurePolicy is "Ignore"'],
    [
      'a condition that lets somebody through',
      vap,
      (spec) => ({
        ...spec,
        matchConditions: [
          ...(spec['matchConditions'] as readonly object[]),
          { name: 'not-mallory', expression: 'true' },
        ],
      }),
      'spec.matchConditions has not-mallory as well',
    ],
    [
      'a namespace more',
      vap,
      (spec) => ({
        ...spec,
        matchConstraints: {
          ...(spec['matchConstraints'] as object),
          namespaceSelector: {
            matchExpressions: [
              { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: [...exceptNamespaces, 'ci'] },
            ],
          },
        },
      }),
      'values has ci as well',
    ],
    [
      'no finding',
      vap,
      (spec) => ({
        ...spec,
        variables: (spec['variables'] as readonly Fields[]).map((one) =>
          one['name'] === 'denied' ? { ...one, expression: '[]' } : one,
        ),
      }),
      'spec.variables[denied].expression is "[]"',
    ],
    ['a binding that is not told', vapBinding, (spec) => ({ ...spec, validationActions: ['Deny'] }), 'lacks Audit'],
    [
      'a binding for some namespaces',
      vapBinding,
      (spec) => ({ ...spec, matchResources: { namespaceSelector: { matchLabels: { judged: 'yes' } } } }),
      'spec.matchResources.namespaceSelector.matchLabels.judged is "yes"',
    ],
  ];

  test.each(edits)(
    '%s is an edit by hand, and what was edited is deleted before it is made again',
    (_, kind, change, line) => {
      const [first, ...rest] = diagnosed(withNet(changed(net(), kind, change)));
      expect(rest).toEqual([]);
      expect(first).toMatchObject({ id: 'safety-net-edited', severity: 'error' });
      expect(first?.evidence).toEqual([expect.stringContaining(line)]);
      expect(first?.command).toMatch(
        new RegExp(`^kubectl delete ${kind.toLowerCase()} pratique-safety-net\\nkubectl .*\\| pratique generate vap`),
      );
    },
  );

  test('of before an exemption had ended is stale, and not edited', () => {
    const exemption = 'name: agent, namespaces: [agents], allow: { host-pid: true }, owner: o, reason: r';
    const configuration = configured(`[{ ${exemption}, expires: 2026-11-01 }]`);
    const before = net({ from: configuration, at: Date.UTC(2026, 9, 1) });
    const found = diagnosed(withNet(before, { configuration })).filter(({ id }) => id.startsWith('safety-net'));
    expect(found).toMatchObject([
      { id: 'safety-net-stale', evidence: [expect.stringContaining('before the exemption agent ended')] },
    ]);
    const after = net({ from: configuration });
    expect(idsOf(withNet(after, { configuration }))).toEqual(['exemption-expired']);
  });

  describe('of which CEL cannot say all', () => {
    const allow =
      'host-path-protected: { paths: [{ path: /, readOnly: true, tree: true }] }, engine-socket-mount: true';
    const exemption = `name: agent, namespaces: [agents], allow: { ${allow} }, owner: o, reason: r, expires: 2099-01-01`;
    const configuration = configured(`[{ ${exemption} }]`);

    test('warns of some checks only, and that is told', () => {
      const found = diagnosed(withNet(net({ from: configuration }), { configuration }));
      expect(found).toMatchObject([
        {
          id: 'safety-net-warns',
          severity: 'info',
          evidence: [
            'validatingadmissionpolicy pratique-safety-net-warns only warns: host-path-protected',
            "host-path-protected: the tree / has other names of the node's root inside",
          ],
        },
      ]);
    });

    test('misses what only warns as well', () => {
      const half = net({ from: configuration }).filter(
        ({ metadata }) => (metadata as { readonly name: string }).name === 'pratique-safety-net',
      );
      expect(diagnosed(withNet(half, { configuration }))).toMatchObject([
        {
          id: 'safety-net-missing',
          evidence: [
            'there is no validatingadmissionpolicy pratique-safety-net-warns',
            'there is no validatingadmissionpolicybinding pratique-safety-net-warns',
          ],
        },
      ]);
    });

    test('leaves nothing behind when CEL can', () => {
      const left = net({ from: configuration }).slice(2);
      const [first, ...rest] = diagnosed(withNet([...net(), ...left]));
      expect(rest).toEqual([]);
      expect(first?.id).toBe('safety-net-stale');
      expect(first?.command).toMatch(
        /^kubectl delete validatingadmissionpolicy pratique-safety-net-warns\nkubectl delete validatingadmissionpolicybinding pratique-safety-net-warns\nkubectl /,
      );
    });
  });
});

describe('the net that the chart writes by itself', () => {
  const labels = { 'app.kubernetes.io/version': version };
  const source = (more = ''): LoadedConfiguration => {
    const loaded = loadConfiguration(`apiVersion: pratique.dev/v1alpha1\nkind: PratiqueConfiguration\n${more}`, clock);
    if (loaded.kind === 'invalid') throw new Error(JSON.stringify(loaded.problems));
    return loaded;
  };
  const written = (configuration: LoadedConfiguration, metadata: object = { labels }) =>
    stored(
      expectedChartNet(configuration.effective, {
        name: 'pratique',
        action: 'Audit',
        exceptNamespaces,
      }),
      metadata,
    );

  test.each(['', 'default: { mode: warn }', 'namespaces: [{ match: [legacy, old-*], mode: audit, acceptGlob: true }]'])(
    'is right where the configuration says no more than %j',
    (more) => {
      const configuration = source(more);
      expect(idsOf(withNet(written(configuration), { configuration }))).toEqual([]);
    },
  );

  test.each([
    ['profiles', 'default: { profile: strict }'],
    ['profiles', 'namespaces: [{ match: [a], profile: baseline }]'],
    ['builders', 'namespaces: [{ match: [a], builders: [{ profile: kaniko, containers: [build] }] }]'],
    ['breakGlass', 'breakGlass: { groups: [admins] }'],
  ])('knows nothing of %s: %s', (what, more) => {
    expect(beyondChart(source(more).effective)).toEqual([what]);
  });

  test('is stale as soon as the configuration says more', () => {
    expect(diagnosed(withNet(written(source())))).toMatchObject([
      {
        id: 'safety-net-stale',
        evidence: [expect.stringContaining('knows nothing of the exemptions, mountFuse of the configuration in force')],
        command: expect.stringMatching(/^helm upgrade release CHART/),
      },
    ]);
  });

  test('is stale when another version of the chart wrote it', () => {
    const configuration = source();
    const old = written(configuration, { labels: { 'app.kubernetes.io/version': '1.2.2' } });
    expect(idsOf(withNet(old, { configuration }))).toEqual(['safety-net-stale']);
  });

  test('is edited when it looks at other namespaces', () => {
    const configuration = source();
    const other = changed(written(configuration), vap, (spec) => ({
      ...spec,
      variables: (spec['variables'] as readonly Fields[]).map((one) =>
        one['name'] === 'scope' ? { ...one, expression: '-1' } : one,
      ),
    }));
    expect(diagnosed(withNet(other, { configuration }))).toMatchObject([
      {
        id: 'safety-net-edited',
        evidence: [
          'validatingadmissionpolicy pratique-safety-net: spec.variables[scope].expression is "-1", not "(request.namespace == \'kube-system\') ? -1 : 0"',
        ],
      },
    ]);
  });
});

describe('a policy that grants the device in place of the webhook', () => {
  test('is as good as the webhook', () => {
    expect(idsOf(byPolicy(map()))).toEqual([]);
  });

  test('may be there beside the webhook', () => {
    expect(idsOf({ ...parts, mutatingPolicies: map() })).toEqual([]);
  });

  test.each([mutator, mutatorBinding])('without its %s grants nothing', (kind) => {
    const half = without(map(), kind);
    expect(diagnosed(byPolicy(half))).toMatchObject([
      {
        id: 'mutation-policy-missing',
        severity: 'error',
        evidence: [expect.stringContaining(`there is no ${kind.toLowerCase()} pratique-mount-fuse`)],
        command: expect.stringContaining(
          'pratique generate map --config /dev/stdin --name pratique --except-namespace',
        ),
      },
    ]);
    expect(diagnosed({ ...parts, mutatingPolicies: half })[0]?.severity).toBe('warning');
  });

  test('that is gone altogether is told with the webhook', () => {
    expect(diagnosed(byPolicy([]))).toMatchObject([
      {
        id: 'webhook-configuration-missing',
        evidence: [
          'there is no mutatingwebhookconfiguration pratique, and no mutatingadmissionpolicy pratique-mount-fuse in its place',
        ],
      },
    ]);
  });

  test.each([
    ['another configuration', () => map({ from: configured('[]') })],
    ['another version', () => map({ by: '1.2.2' })],
  ])('of %s is stale', (_, objects) => {
    expect(diagnosed(byPolicy(objects()))).toMatchObject([{ id: 'mutation-policy-stale', severity: 'warning' }]);
  });

  test('that grants to others was edited', () => {
    const edited = changed(map(), mutator, (spec) => ({
      ...spec,
      matchConditions: (spec['matchConditions'] as readonly object[]).slice(1),
    }));
    expect(diagnosed(byPolicy(edited))).toMatchObject([
      {
        id: 'mutation-policy-edited',
        severity: 'warning',
        evidence: ['mutatingadmissionpolicy pratique-mount-fuse: spec.matchConditions lacks namespace-may-ask'],
      },
    ]);
  });

  test('is evaluated before every webhook, which has the last word whatever its name', () => {
    const webhook = {
      name: 'early.example.com',
      reinvocationPolicy: 'IfNeeded',
      rules: [{ apiGroups: [''], operations: ['CREATE'], resources: ['pods'] }],
    };
    const mutating = [{ metadata: { name: 'aa' }, webhooks: [webhook] }];
    expect(diagnosed(byPolicy(map(), { mutating }))).toMatchObject([
      { id: 'mutating-webhook-after', evidence: [expect.stringContaining('after the policy pratique-mount-fuse')] },
    ]);
  });
});
