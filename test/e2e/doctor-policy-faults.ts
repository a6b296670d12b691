import { join } from 'node:path';
import type { ApiObject } from '../harness/api-client.ts';
import type { Fault } from './doctor-faults.ts';
import { type DoctorScene, exempting, paths } from './doctor-scene.ts';

const group = '/apis/admissionregistration.k8s.io/v1';
const net = {
  policy: `${group}/validatingadmissionpolicies/pratique-safety-net`,
  binding: `${group}/validatingadmissionpolicybindings/pratique-safety-net`,
};
const grant = {
  policy: `${group}/mutatingadmissionpolicies/pratique-mount-fuse`,
  binding: `${group}/mutatingadmissionpolicybindings/pratique-mount-fuse`,
};

/** What `pratique generate` makes of the configuration that the Deployment mounts, in a file. */
async function generated(scene: DoctorScene, what: 'vap' | 'map'): Promise<string> {
  const { spec } = await scene.cluster.api.expect<ApiObject & { readonly spec: Readonly<Record<string, unknown>> }>(
    'GET',
    paths.deployment,
  );
  const [, name] = /"configMap":\{[^}]*"name":"([^"]+)"/.exec(JSON.stringify(spec)) ?? [];
  const file = join(scene.cluster.folder, `${what}.yaml`);
  const get = `kubectl --namespace pratique get configmap ${name} --output=jsonpath='{.data.config\\.yaml}'`;
  await scene.shell(`${get} | pratique generate ${what} --config /dev/stdin > ${file}`);
  return file;
}

/** Has the release hold the net, at Deny. */
const withNet =
  (plant: Fault['plant']): Fault['plant'] =>
  async (scene) => {
    const file = await generated(scene, 'vap');
    await scene.upgrade('--set', 'safetyNet.action=Deny', '--set-file', `safetyNet.policies=${file}`);
    await plant(scene);
  };

const withoutNet: Fault['plant'] = (scene) => scene.upgrade('--set', 'safetyNet.action=none,safetyNet.policies=');

/** Has a policy grant the device in place of the webhook. */
const byPolicy =
  (plant: Fault['plant']): Fault['plant'] =>
  async (scene) => {
    const file = await generated(scene, 'map');
    await scene.upgrade('--set', 'mutation.by=policy', '--set-file', `mutation.policies=${file}`);
    await plant(scene);
  };

const byWebhook: Fault['plant'] = async (scene) => {
  await scene.upgrade('--set', 'mutation.by=webhook,mutation.policies=');
  await scene.settle();
};

const remove =
  (path: string): Fault['plant'] =>
  async ({ cluster }) => {
    await cluster.api.expect('DELETE', path);
  };

const annotate =
  (path: string, key: string, value: string): Fault['plant'] =>
  (scene) =>
    scene.merge(path, { metadata: { annotations: { [`pratique.dev/${key}`]: value } } });

const letThrough =
  (path: string): Fault['plant'] =>
  (scene) =>
    scene.patch(path, [
      {
        op: 'add',
        path: '/spec/matchConditions/-',
        value: { name: 'not-mallory', expression: "request.userInfo.username != 'mallory'" },
      },
    ]);

/** Without Helm: what the program prints is applied, and the chart knows nothing of it. */
const applied =
  (plant: Fault['plant']): Fault['plant'] =>
  async (scene) => {
    const file = await generated(scene, 'vap');
    await scene.shell(`kubectl apply --server-side --filename=${file}`);
    await plant(scene);
  };

const unapplied: Fault['plant'] = async (scene) => {
  for (const path of Object.values(net)) await remove(path)(scene);
};

/** An exemption that CEL cannot say, in a net that is made of it. */
const inexpressible: Fault['plant'] = async (scene) => {
  const paths = [{ path: '/', readOnly: true, tree: true }];
  await scene.upgrade(...exempting({ allow: { 'host-path-protected': { paths }, 'engine-socket-mount': { paths } } }));
  await withNet(async () => undefined)(scene);
};

/** What can be wrong with the policies that the API server evaluates by itself. */
export const policyFaults: readonly Fault[] = [
  {
    name: 'the binding of the net was deleted, as the emergency command does',
    id: 'safety-net-missing',
    evidence: /no validatingadmissionpolicybinding pratique-safety-net/,
    plant: withNet(remove(net.binding)),
    clean: withoutNet,
  },
  {
    name: 'the policy of the net was deleted',
    id: 'safety-net-missing',
    evidence: /no validatingadmissionpolicy pratique-safety-net/,
    plant: withNet(remove(net.policy)),
    clean: withoutNet,
  },
  {
    name: 'the net is that of another configuration',
    id: 'safety-net-stale',
    evidence: /made from the configuration 0123456789ab/,
    plant: withNet(annotate(net.policy, 'config', '0123456789ab')),
    clean: withoutNet,
  },
  {
    name: 'the net is that of another version',
    id: 'safety-net-stale',
    evidence: /made by version 0\.0\.1/,
    plant: withNet(annotate(net.policy, 'version', '0.0.1')),
    clean: withoutNet,
  },
  {
    name: 'a condition lets somebody through the net',
    id: 'safety-net-edited',
    evidence: /spec\.matchConditions has not-mallory as well/,
    plant: withNet(letThrough(net.policy)),
    clean: withoutNet,
  },
  {
    name: 'the net is bound in some namespaces only',
    id: 'safety-net-edited',
    evidence: /spec\.matchResources\.namespaceSelector\.matchLabels\.judged/,
    plant: withNet((scene) =>
      scene.merge(net.binding, { spec: { matchResources: { namespaceSelector: { matchLabels: { judged: 'yes' } } } } }),
    ),
    clean: withoutNet,
  },
  {
    name: 'what was applied without the chart was edited',
    id: 'safety-net-edited',
    evidence: /spec\.failurePolicy is "Ignore", not "Fail"/,
    plant: applied((scene) => scene.merge(net.policy, { spec: { failurePolicy: 'Ignore' } })),
    clean: unapplied,
  },
  {
    name: 'what was applied without the chart is stale',
    id: 'safety-net-stale',
    evidence: /made from the configuration 0123456789ab/,
    plant: applied(annotate(net.policy, 'config', '0123456789ab')),
    clean: unapplied,
  },
  {
    name: 'CEL cannot say what is exempt',
    id: 'safety-net-warns',
    evidence: /pratique-safety-net-warns only warns: .*host-path-protected/,
    isInfo: true,
    plant: inexpressible,
    async mend(scene) {
      await scene.upgrade('--set', 'safetyNet.action=none,safetyNet.policies=', ...exempting());
    },
  },
  {
    name: 'the policy that grants the device was deleted',
    id: 'mutation-policy-missing',
    evidence: /no mutatingadmissionpolicy pratique-mount-fuse/,
    plant: byPolicy(remove(grant.policy)),
    clean: byWebhook,
  },
  {
    name: 'its binding was deleted',
    id: 'mutation-policy-missing',
    evidence: /no mutatingadmissionpolicybinding pratique-mount-fuse/,
    plant: byPolicy(remove(grant.binding)),
    clean: byWebhook,
  },
  {
    name: 'it is that of another configuration',
    id: 'mutation-policy-stale',
    evidence: /made from the configuration 0123456789ab/,
    plant: byPolicy(annotate(grant.policy, 'config', '0123456789ab')),
    clean: byWebhook,
  },
  {
    name: 'it lets somebody out',
    id: 'mutation-policy-edited',
    evidence: /spec\.matchConditions has not-mallory as well/,
    plant: byPolicy(letThrough(grant.policy)),
    clean: byWebhook,
  },
];
