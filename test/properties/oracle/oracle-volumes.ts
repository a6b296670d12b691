import { judgePath } from './oracle-paths.ts';
import {
  containersOf,
  inContainer,
  inVolume,
  isSet,
  type Json,
  type Report,
  record,
  records,
  text,
} from './oracle-pod.ts';

const remoteVolumes: readonly string[] = [
  'awsElasticBlockStore',
  'azureDisk',
  'azureFile',
  'cephfs',
  'cinder',
  'fc',
  'flocker',
  'gcePersistentDisk',
  'glusterfs',
  'iscsi',
  'nfs',
  'photonPersistentDisk',
  'portworxVolume',
  'quobyte',
  'rbd',
  'scaleIO',
  'storageos',
  'vsphereVolume',
];

/** Sources that nothing is found in but what other checks say of them. */
const otherVolumes: readonly string[] = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'flexVolume',
  'gitRepo',
  'hostPath',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
];

/** Finds what the checks of volumes and of their mounts must find. */
export function reportVolumes(spec: Json, report: Report): void {
  for (const volume of records(spec['volumes'])) {
    const place = inVolume(volume);
    if (isSet(volume['hostPath'])) reportHostPath(volume, spec, report);
    report('volume-plugin', place, isSet(volume['gitRepo']) || isSet(volume['flexVolume']));
    report(
      'volume-plugin-remote',
      place,
      remoteVolumes.some((source) => isSet(volume[source])),
    );
    report('image-volume', place, isSet(volume['image']));
    const known = ['name', ...remoteVolumes, ...otherVolumes];
    const isUnknown = Object.keys(volume).some((field) => isSet(volume[field]) && !known.includes(field));
    report('unknown-volume-source', place, isUnknown);
  }
  for (const container of containersOf(spec)) {
    report('volume-devices', inContainer(container), records(container['volumeDevices']).length > 0);
    for (const mount of records(container['volumeMounts'])) {
      report('mount-propagation', inContainer(container), mount['mountPropagation'] === 'Bidirectional');
    }
  }
}

function reportHostPath(volume: Json, spec: Json, report: Report): void {
  const place = inVolume(volume);
  const hostPath = record(volume['hostPath']);
  const path = text(hostPath['path']);
  const mounts = containersOf(spec)
    .flatMap((container) => records(container['volumeMounts']))
    .filter((mount) => mount['name'] === volume['name']);
  const isSocket = hostPath['type'] === 'Socket';

  const whole = judgePath(path);
  report('engine-socket-mount', place, whole.engine || (isSocket && !whole.unreadable));
  report('host-path-protected', place, whole.node || whole.unreadable);
  report('host-path-unlisted', place, !whole.engine && !isSocket && !whole.node && !whole.unreadable);

  for (const mount of mounts) {
    const below = text(mount['subPath']) || text(mount['subPathExpr']);
    if (below === '' || whole.unreadable) continue;
    const part = judgePath(`${path}/${below}`);
    report('engine-socket-mount', place, part.engine);
    report('host-path-protected', place, part.node || part.unreadable);
  }
}
