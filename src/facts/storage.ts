/**
 * Folders below which distributions of Kubernetes keep the volumes of claims on the node: what lies in them is a volume,
 * though the folders themselves lie in trees that are protected.
 *
 * docs.k3s.io/storage (local-path), microk8s.io/docs/addon-hostpath-storage.
 */
export const volumeStorage: readonly string[] = [
  '/var/lib/rancher/k3s/storage',
  '/var/snap/microk8s/common/default-storage',
];

/**
 * Parameters of StorageClasses that name a folder of the node, whatever the provisioner: who installs one chooses its
 * name, and Helm's `cluster.local/<release>` is the default of local-path-provisioner.
 *
 * github.com/rancher/local-path-provisioner (`nodePath`), microk8s.io/docs/addon-hostpath-storage (`pvDir`).
 */
export const folderParameters: readonly string[] = ['nodePath', 'pvDir'];

/**
 * Whether a CSI driver gives out folders of the node's own file system.
 *
 * github.com/kubernetes-csi/csi-driver-host-path; the names of local drivers begin with `local.csi.`.
 */
export function isHostPathDriver(driver: string): boolean {
  return driver.includes('hostpath') || driver.startsWith('local.csi.');
}
