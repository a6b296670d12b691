import { loadConfiguration } from '../../src/config/load.ts';
import type { About, Diagnosis } from '../../src/doctor/diagnosis.ts';
import { examine } from '../../src/doctor/examine.ts';
import { expectedWebhooks } from '../../src/doctor/expected.ts';
import { judgedSelector, observedSelector } from '../../src/doctor/selectors.ts';
import { type ClusterState, type LoadedConfiguration, type Parts, read } from '../../src/doctor/state.ts';

/** The time of every examination. */
export const clock = Date.UTC(2026, 10, 21);

/** What is examined. */
export const about: About = { namespace: 'pratique', name: 'pratique', clock, version: '1.2.3', trusted: new Set() };

const exemption = `
  - name: agent
    namespaces: [agents]
    allow: { host-pid: true }
    owner: platform
    reason: reads processes
    expires: 2099-01-01`;

/** A configuration that grants the device in `ci`, and exempts in `agents`; with other exemptions, and more. */
export function configured(exemptions = exemption, more = 'default: { mode: enforce }'): LoadedConfiguration {
  const head = 'apiVersion: pratique.dev/v1alpha1\nkind: PratiqueConfiguration\nmountFuse: { namespaces: [ci] }\n';
  const loaded = loadConfiguration(`${head}${more}\nexemptions: ${exemptions}\n`, clock);
  if (loaded.kind === 'invalid') throw new Error(loaded.problems.map(({ message }) => message).join('\n'));
  return loaded;
}

/** The parts of a cluster in which nothing is wrong, as the API server would give them. */
export function healthyParts(pem: string, configuration = configured()): Parts {
  const labels = { app: 'pratique' };
  const caBundle = Buffer.from(pem).toString('base64');
  const spared = { observed: ['kube-system', 'kube-node-lease', 'pratique'], excluded: [] };
  const webhooks = (kind: 'validating' | 'mutating') =>
    expectedWebhooks(configuration.effective)
      .filter((one) => one.kind === kind)
      .map((one) => ({
        name: one.name,
        clientConfig: { service: { namespace: 'pratique', name: 'pratique', path: one.path, port: 443 }, caBundle },
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        matchPolicy: 'Equivalent',
        failurePolicy: one.failurePolicy ?? 'Fail',
        timeoutSeconds: one.timeoutSeconds,
        namespaceSelector: one.namespaces === 'observed' ? observedSelector(spared) : judgedSelector(spared),
        objectSelector: one.objectSelector,
        rules: one.rules,
        matchConditions: one.conditions,
        ...(kind === 'mutating' ? { reinvocationPolicy: 'IfNeeded' } : {}),
      }));
  const args = ['serve', '--config=/etc/pratique/config.yaml', '--tls-secret=pratique-ca'];
  return {
    deployment: {
      metadata: {
        name: 'pratique',
        generation: 2,
        labels: { 'app.kubernetes.io/version': '1.2.3' },
        annotations: { 'meta.helm.sh/release-name': 'release' },
      },
      spec: {
        replicas: 3,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { serviceAccountName: 'pratique', containers: [{ args }] } },
      },
      status: { readyReplicas: 3, updatedReplicas: 3, observedGeneration: 2 },
    },
    service: { metadata: { name: 'pratique' }, spec: { selector: labels, ports: [{ name: 'https', port: 443 }] } },
    endpointSlices: [{ endpoints: [{ addresses: ['192.0.2.1'], conditions: { ready: true } }] }],
    configuration,
    source: { where: 'the ConfigMap', configMap: { name: 'pratique-config-1', key: 'config.yaml' }, lines: [] },
    validating: [{ metadata: { name: 'pratique' }, webhooks: webhooks('validating') }],
    mutating: [{ metadata: { name: 'pratique' }, webhooks: webhooks('mutating') }],
    validatingPolicies: [],
    mutatingPolicies: [],
    served: { chain: undefined, authorities: pem, source: 'the Secret' },
    namespaces: ['ci', 'agents', 'kube-system', 'pratique'].map((name) => ({ metadata: { name } })),
    nodes: [
      { metadata: { name: 'builder', labels: { sandbox: 'kata' } }, status: { allocatable: { 'squat.ai/fuse': '2' } } },
    ],
    runtimeClasses: [{ metadata: { name: 'untrusted' }, handler: 'kata-qemu' }],
    daemonSets: [],
    clusterRoles: [],
    clusterRoleBindings: [],
    roles: [],
    roleBindings: [],
    kyverno: [],
    gatekeeper: [],
    usage: [],
  };
}

/** A state in which all of it was read. */
export function stateOf(parts: Parts): ClusterState {
  return Object.fromEntries(
    Object.entries(parts).map(([part, value]) => [part, read(value)]),
  ) as unknown as ClusterState;
}

/** What is said of the parts. */
export function diagnosed(parts: Parts, more: Partial<About> = {}): readonly Diagnosis[] {
  return examine(stateOf(parts), { ...about, ...more }).diagnoses;
}

/** The ids of what is said, each once, in order. */
export function idsOf(parts: Parts, more: Partial<About> = {}): readonly string[] {
  return [...new Set(diagnosed(parts, more).map(({ id }) => id))].sort();
}
