import fc from 'fast-check';
import { containerTweaks, innocentContainer } from './arbitrary-containers.ts';
import { contextTweaks, group } from './arbitrary-contexts.ts';
import { annotate, type Draft, lists, nth, type OraclePod, onSpec, setField, type Tweak } from './arbitrary-draft.ts';
import { innocentImage } from './arbitrary-images.ts';
import { confinementAnnotation, fuse, fuseLabel, runtimeAnnotation, trustAnnotation } from './arbitrary-metadata.ts';
import {
  harmlessVolume,
  hostPathVolume,
  imageVolume,
  mountPropagation,
  remoteVolume,
  runVolume,
  tokenVolume,
  unknownVolume,
  volumeDevice,
} from './arbitrary-volumes.ts';

const placement: fc.Arbitrary<Tweak> = onSpec(
  fc.oneof(
    setField('nodeName', 'node-1'),
    setField('priorityClassName', 'system-node-critical', 'high', 'system-cluster-critical'),
    setField('nodeSelector', { 'kubernetes.io/os': 'linux' }),
    setField(
      'tolerations',
      [{ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists', effect: 'NoSchedule' }],
      [{ key: 'node-role.kubernetes.io/master' }],
      [{ operator: 'Exists' }],
      [{ key: '', operator: 'Exists', effect: 'NoExecute' }],
      [{ key: 'example.com/ci', operator: 'Equal', value: 'true', effect: 'NoSchedule' }],
      [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }],
    ),
  ),
);

/** Fields that no check knows, full of words that would mean much elsewhere. */
const unknownField: fc.Arbitrary<Tweak> = fc
  .tuple(
    fc.constantFrom('metadata', 'spec', 'container'),
    fc.constantFrom('futureField', 'HostPID', 'Image', 'workloadRef'),
    fc.constantFrom<unknown>(
      { hostPID: true, privileged: true, hostPath: { path: '/run/docker.sock' } },
      '/var/run/docker.sock',
      ['dockerd', '--privileged'],
      { image: 'docker:dind', command: ['dockerd'] },
      null,
      true,
    ),
    fc.nat({ max: 11 }),
  )
  .map(([place, name, value, n]) => ({ metadata, spec }) => {
    const holder = { metadata, spec, container: nth(spec, n) }[place];
    if (holder !== undefined) holder[name] = structuredClone(value);
  });

/** Things that no check minds. */
const harmless: fc.Arbitrary<Tweak> = fc.oneof(
  harmlessVolume,
  unknownField,
  annotate(fc.constantFrom('example.com/owner', 'prometheus.io/scrape'), fc.constantFrom('true', 'team-a')),
  innocentContainer,
);

/** A group that is found beside a path of the node. */
const groupBesideHostPath: fc.Arbitrary<Tweak> = fc.tuple(group, hostPathVolume).map((changes) => (pod) => {
  for (const change of changes) change(pod);
});

const runtimeClass = onSpec(setField('runtimeClassName', 'untrusted', 'kata', '', 'runc'));

/** Every change, with its weight. */
const tweak: fc.Arbitrary<Tweak> = fc.oneof(
  ...containerTweaks,
  ...contextTweaks,
  { weight: 20, arbitrary: hostPathVolume },
  { weight: 3, arbitrary: onSpec(setField('hostPID', true, true, false)) },
  { weight: 3, arbitrary: onSpec(setField('hostNetwork', true, true, false)) },
  { weight: 3, arbitrary: onSpec(setField('hostIPC', true, true, false)) },
  { weight: 3, arbitrary: onSpec(setField('shareProcessNamespace', true, true, false)) },
  { weight: 3, arbitrary: onSpec(setField('hostUsers', true, false)) },
  { weight: 2, arbitrary: onSpec(setField('os', { name: 'windows' }, { name: 'linux' })) },
  { weight: 3, arbitrary: onSpec(setField('automountServiceAccountToken', true, false, null)) },
  { weight: 2, arbitrary: runtimeClass },
  { weight: 4, arbitrary: runtimeAnnotation },
  { weight: 3, arbitrary: trustAnnotation },
  { weight: 4, arbitrary: confinementAnnotation },
  { weight: 3, arbitrary: placement },
  { weight: 3, arbitrary: volumeDevice },
  { weight: 3, arbitrary: mountPropagation },
  { weight: 3, arbitrary: remoteVolume },
  { weight: 3, arbitrary: runVolume },
  { weight: 3, arbitrary: imageVolume },
  { weight: 3, arbitrary: tokenVolume },
  { weight: 3, arbitrary: unknownVolume },
  { weight: 9, arbitrary: fuse },
  { weight: 2, arbitrary: fuseLabel },
  { weight: 2, arbitrary: groupBesideHostPath },
  { weight: 6, arbitrary: harmless },
);

const names: Readonly<Record<(typeof lists)[number], readonly string[]>> = {
  containers: ['build', 'helper', 'svc-0'],
  initContainers: ['init-0', 'init-1'],
  ephemeralContainers: ['debugger'],
};

const hardened = (): Draft => ({
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
});

/** A pod without a finding, or one whose author has set nothing at all. */
const basePod = fc
  .record({
    counts: fc.record({
      containers: fc.integer({ min: 1, max: 3 }),
      initContainers: fc.nat({ max: 2 }),
      ephemeralContainers: fc.nat({ max: 1 }),
    }),
    isHardened: fc.constantFrom(true, true, true, true, false),
    images: fc.array(innocentImage, { minLength: 6, maxLength: 6 }),
    sidecar: fc.boolean(),
    nulls: fc.constantFrom(false, false, false, true),
    namespace: fc.constantFrom('ci', 'ci', 'web'),
    name: fc.constantFrom('runner-1', 'job', 'web'),
  })
  .map(({ counts, isHardened, images, sidecar, nulls, namespace, name }) => {
    const spec: Draft = {};
    let made = 0;
    for (const list of lists) {
      const containers = names[list].slice(0, counts[list]).map((own): Draft => {
        const securityContext = isHardened ? { securityContext: hardened() } : {};
        const restartPolicy = sidecar && list === 'initContainers' ? { restartPolicy: 'Always' } : {};
        return { name: own, image: images[made++] ?? 'nginx', ...restartPolicy, ...securityContext };
      });
      if (containers.length > 0) spec[list] = containers;
    }
    if (isHardened) {
      spec['automountServiceAccountToken'] = false;
      spec['securityContext'] = {
        runAsNonRoot: true,
        runAsUser: 1000,
        seccompProfile: { type: 'RuntimeDefault' },
      };
    }
    // What the API server never sends, but who writes manifests does: a null is as good as nothing.
    if (nulls) Object.assign(spec, { volumes: null, hostPID: null, tolerations: null, os: null });
    const metadata: Draft = { name, namespace };
    return { metadata, spec };
  });

/** Pods rich in what the catalogue names, among them pods with a single finding and pods without any. */
export const oraclePod: fc.Arbitrary<OraclePod> = fc
  .tuple(
    basePod,
    fc.oneof(
      { weight: 1, arbitrary: fc.array(harmless, { maxLength: 3 }) },
      { weight: 11, arbitrary: tweak.map((change) => [change]) },
      { weight: 2, arbitrary: fc.array(tweak, { maxLength: 3, size: 'max' }) },
      { weight: 8, arbitrary: fc.array(tweak, { maxLength: 12, size: 'max' }) },
    ),
  )
  .map(([base, tweaks]) => {
    const pod = structuredClone(base);
    for (const change of tweaks) change(pod);
    return structuredClone({ apiVersion: 'v1', kind: 'Pod', ...pod } as const);
  });
