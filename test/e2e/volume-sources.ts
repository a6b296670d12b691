/** A source of each kind that a volume of a pod can have, with no more than the API server requires. */
export const smallestSources: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  awsElasticBlockStore: { volumeID: 'vol-1' },
  azureDisk: { diskName: 'disk', diskURI: 'https://account.blob.core.windows.net/disks/disk.vhd' },
  azureFile: { secretName: 'share', shareName: 'share' },
  cephfs: { monitors: ['10.0.0.1'] },
  cinder: { volumeID: 'vol-1' },
  configMap: { name: 'settings' },
  csi: { driver: 'secrets-store.csi.k8s.io' },
  downwardAPI: {},
  emptyDir: {},
  ephemeral: {
    volumeClaimTemplate: {
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    },
  },
  fc: { targetWWNs: ['500a0982991b8dc5'], lun: 0 },
  flexVolume: { driver: 'azure/kv' },
  flocker: { datasetName: 'data' },
  gcePersistentDisk: { pdName: 'disk' },
  gitRepo: { repository: 'https://git.example/code.git' },
  glusterfs: { endpoints: 'gluster', path: 'share' },
  hostPath: { path: '/data' },
  image: { reference: 'registry.example/model:1' },
  iscsi: { targetPortal: '10.0.0.1', iqn: 'iqn.2001-04.example:disk', lun: 0 },
  nfs: { server: 'nfs.example', path: '/share' },
  persistentVolumeClaim: { claimName: 'data' },
  photonPersistentDisk: { pdID: 'disk' },
  portworxVolume: { volumeID: 'vol-1' },
  projected: { sources: [{ configMap: { name: 'settings' } }] },
  quobyte: { registry: 'quobyte.example:7861', volume: 'share' },
  rbd: { monitors: ['10.0.0.1'], image: 'disk' },
  scaleIO: { gateway: 'https://scaleio.example', system: 'sio', secretRef: { name: 'sio' }, volumeName: 'disk' },
  secret: { secretName: 'token' },
  storageos: { volumeName: 'disk' },
  vsphereVolume: { volumePath: '[datastore] disk.vmdk' },
};

/** A source of each kind that a projected volume can have, likewise. */
export const smallestProjections: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  clusterTrustBundle: { name: 'roots', path: 'roots.pem' },
  configMap: { name: 'settings' },
  downwardAPI: {},
  podCertificate: { signerName: 'signer.example/pods', keyType: 'ED25519', credentialBundlePath: 'bundle.pem' },
  secret: { name: 'token' },
  serviceAccountToken: { path: 'token' },
};
