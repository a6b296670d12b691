/**
 * Taints that keep pods off the nodes of the control plane: kubernetes.io/docs/reference/labels-annotations-taints, and
 * those of Rancher's distributions.
 */
export const controlPlaneTaints: ReadonlySet<string> = new Set([
  'node-role.kubernetes.io/control-plane',
  'node-role.kubernetes.io/controlplane',
  'node-role.kubernetes.io/etcd',
  'node-role.kubernetes.io/master',
]);
