/**
 * What a volume source brings into a pod: `plain` is kept by the kubelet or comes from the cluster's API; `host` is the
 * node's own file system; `plugin` runs a program on the node; `remote` makes the node mount what the pod's author
 * names; `csi` leaves it to a driver.
 */
export type VolumeSourceKind = 'plain' | 'host' | 'plugin' | 'remote' | 'csi';

/**
 * The volume sources of a PodSpec, as of Kubernetes 1.37 (k8s.io/api/core/v1 VolumeSource, v0.37.1). Names stay here
 * when Kubernetes drops a source: older API servers know them.
 */
export const volumeSources: ReadonlyMap<string, VolumeSourceKind> = new Map([
  ['configMap', 'plain'],
  ['downwardAPI', 'plain'],
  ['emptyDir', 'plain'],
  ['ephemeral', 'plain'],
  ['image', 'plain'],
  ['persistentVolumeClaim', 'plain'],
  ['projected', 'plain'],
  ['secret', 'plain'],
  ['hostPath', 'host'],
  ['flexVolume', 'plugin'],
  ['gitRepo', 'plugin'],
  ['awsElasticBlockStore', 'remote'],
  ['azureDisk', 'remote'],
  ['azureFile', 'remote'],
  ['cephfs', 'remote'],
  ['cinder', 'remote'],
  ['fc', 'remote'],
  ['flocker', 'remote'],
  ['gcePersistentDisk', 'remote'],
  ['glusterfs', 'remote'],
  ['iscsi', 'remote'],
  ['nfs', 'remote'],
  ['photonPersistentDisk', 'remote'],
  ['portworxVolume', 'remote'],
  ['quobyte', 'remote'],
  ['rbd', 'remote'],
  ['scaleIO', 'remote'],
  ['storageos', 'remote'],
  ['vsphereVolume', 'remote'],
  ['csi', 'csi'],
]);

/** The sources of a PersistentVolume, as of Kubernetes 1.37 (k8s.io/api/core/v1 PersistentVolumeSource, v0.37.1). */
export const persistentVolumeSources: ReadonlySet<string> = new Set([
  ...[...volumeSources].flatMap(([name, kind]) => (kind === 'remote' ? [name] : [])),
  'csi',
  'flexVolume',
  'hostPath',
  'local',
]);

/** What a PersistentVolume says beside its source, likewise (k8s.io/api/core/v1 PersistentVolumeSpec). */
export const persistentVolumeSettings: ReadonlySet<string> = new Set([
  'accessModes',
  'capacity',
  'claimRef',
  'mountOptions',
  'nodeAffinity',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'volumeAttributesClassName',
  'volumeMode',
]);

/** The sources of a projected volume, as of Kubernetes 1.37 (k8s.io/api/core/v1 VolumeProjection, v0.37.1). */
export const projectionSources: ReadonlySet<string> = new Set([
  'clusterTrustBundle',
  'configMap',
  'downwardAPI',
  'podCertificate',
  'secret',
  'serviceAccountToken',
]);
