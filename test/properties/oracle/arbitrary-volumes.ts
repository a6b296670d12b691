import fc from 'fast-check';
import { type Draft, items, nth, onContainer, setField, type Tweak } from './arbitrary-draft.ts';
import { innocentImage, namedImage } from './arbitrary-images.ts';
import { oraclePath, oracleSubPath } from './arbitrary-paths.ts';

const mount = fc.record({
  container: fc.nat({ max: 11 }),
  options: fc.record(
    {
      readOnly: fc.constantFrom(true, true, false),
      recursiveReadOnly: fc.constantFrom('Enabled', 'IfPossible', 'Disabled'),
      mountPropagation: fc.constantFrom('None', 'HostToContainer'),
    },
    { requiredKeys: [] },
  ),
  below: fc.oneof(
    { weight: 4, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: oracleSubPath.map((subPath) => ({ subPath })) },
    { weight: 1, arbitrary: oracleSubPath.map((subPathExpr) => ({ subPathExpr })) },
  ),
});

/** Host path volumes, mounted nowhere, once or everywhere. */
export const hostPathVolume: fc.Arbitrary<Tweak> = fc
  .record({
    path: oraclePath,
    type: fc.oneof(
      { weight: 4, arbitrary: fc.constant(undefined) },
      { weight: 3, arbitrary: fc.constantFrom('', 'Directory', 'DirectoryOrCreate', 'File', 'CharDevice') },
      { weight: 1, arbitrary: fc.constant('Socket') },
    ),
    mounts: fc.array(mount, { maxLength: 2 }),
  })
  .map(({ path, type, mounts }) => ({ spec }) => {
    const volumes = items(spec, 'volumes');
    const name = `host-${volumes.length}`;
    volumes.push({ name, hostPath: type === undefined ? { path } : { path, type } });
    for (const { container, options, below } of mounts) {
      items(nth(spec, container), 'volumeMounts').push({ name, mountPath: `/mnt/${name}`, ...options, ...below });
    }
  });

const volumeOf = (source: fc.Arbitrary<Draft>): fc.Arbitrary<Tweak> =>
  fc.tuple(source, fc.boolean(), fc.nat({ max: 11 })).map(([fields, isMounted, n]) => ({ spec }) => {
    const volumes = items(spec, 'volumes');
    const name = `volume-${volumes.length}`;
    volumes.push({ name, ...structuredClone(fields) });
    if (isMounted) items(nth(spec, n), 'volumeMounts').push({ name, mountPath: `/mnt/${name}` });
  });

/** Volumes of every kind of a remote system, with the fields that the API asks for. */
export const remoteVolume: fc.Arbitrary<Tweak> = volumeOf(
  fc.constantFrom<Draft>(
    { awsElasticBlockStore: { volumeID: 'x' } },
    { azureDisk: { diskName: 'x', diskURI: 'y' } },
    { azureFile: { secretName: 'x', shareName: 'y' } },
    { cephfs: { monitors: ['10.0.0.1'] } },
    { cinder: { volumeID: 'x' } },
    { fc: { targetWWNs: ['x'], lun: 0 } },
    { flocker: { datasetName: 'x' } },
    { gcePersistentDisk: { pdName: 'x' } },
    { glusterfs: { endpoints: 'x', path: 'y' } },
    { iscsi: { targetPortal: '10.0.0.1', iqn: 'iqn.2001-04.com.example:x', lun: 0 } },
    { nfs: { server: '127.0.0.1', path: '/' } },
    { photonPersistentDisk: { pdID: 'x' } },
    { portworxVolume: { volumeID: 'x' } },
    { quobyte: { registry: 'x', volume: 'y' } },
    { rbd: { monitors: ['10.0.0.1'], image: 'x' } },
    { scaleIO: { gateway: 'https://x', system: 'y', secretRef: { name: 'z' } } },
    { storageos: { volumeName: 'x' } },
    { vsphereVolume: { volumePath: 'x' } },
  ),
);

/** Volumes that run a program on the node. */
export const runVolume: fc.Arbitrary<Tweak> = volumeOf(
  fc.constantFrom<Draft>(
    { gitRepo: { repository: 'https://example.com/x.git' } },
    { flexVolume: { driver: 'example.com/lvm' } },
    { flexVolume: { driver: 'azure/kv', options: { hostPath: '/etc' } } },
  ),
);

/** Images as volumes, of engines and of others. */
export const imageVolume: fc.Arbitrary<Tweak> = volumeOf(
  fc.oneof(innocentImage, namedImage).map((reference): Draft => ({ image: { reference, pullPolicy: 'IfNotPresent' } })),
);

/** Volumes of a kind that Kubernetes may have one day, alone or beside a source that it has. */
export const unknownVolume: fc.Arbitrary<Tweak> = volumeOf(
  fc
    .tuple(
      fc.constantFrom('futureVolume', 'hostpath', 'HostPath', 'hostDirectory', 'ociArtifact', 'nfs4'),
      fc.constantFrom<unknown>({}, { path: '/run/docker.sock' }, 'x', null),
      fc.constantFrom<Draft>({}, {}, { emptyDir: {} }, { secret: { secretName: 'x' } }),
    )
    .map(([name, source, known]) => ({ ...known, [name]: source })),
);

/** Volumes that no check minds. */
export const harmlessVolume: fc.Arbitrary<Tweak> = volumeOf(
  fc.constantFrom<Draft>(
    {},
    { emptyDir: {} },
    { emptyDir: { medium: 'Memory' }, hostPath: null },
    { configMap: { name: 'settings' } },
    { secret: { secretName: 'registry' } },
    { downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
    { persistentVolumeClaim: { claimName: 'cache' } },
    { csi: { driver: 'secrets-store.csi.k8s.io', readOnly: true } },
    { projected: { sources: [{ configMap: { name: 'settings' } }, { secret: { name: 'x' } }] } },
    { projected: { sources: [{ serviceAccountToken: { path: 'token', audience: 'vault' } }] } },
    { ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'] } } } },
  ),
);

/** Volumes with a token for the API server, which a pod that mounts none by itself has all the same. */
export const tokenVolume: fc.Arbitrary<Tweak> = volumeOf(
  fc.constantFrom<Draft>(
    { projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } },
    { projected: { sources: [{ configMap: { name: 'x' } }, { serviceAccountToken: { path: 't', audience: '' } }] } },
    { projected: { sources: [{ serviceAccountToken: { path: 't', audience: 'https://kubernetes.default.svc' } }] } },
    { projected: { sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 3607, audience: 'sts' } }] } },
  ),
);

/** Mounts that spread to the node, or only from it. */
export const mountPropagation: fc.Arbitrary<Tweak> = onContainer(
  fc.constantFrom('Bidirectional', 'Bidirectional', 'HostToContainer', 'None').map((mode) => (container) => {
    items(container, 'volumeMounts').push({ name: 'work', mountPath: '/shared', mountPropagation: mode });
  }),
);

/** Volumes as block devices. */
export const volumeDevice: fc.Arbitrary<Tweak> = onContainer(
  setField(
    'volumeDevices',
    [{ name: 'disk', devicePath: '/dev/xvda' }],
    [
      { name: 'disk', devicePath: '/dev/xvda' },
      { name: 'other', devicePath: '/dev/x' },
    ],
    [],
  ),
);
