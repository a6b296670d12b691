/** Names of fields, each with the names of its own fields; null stands for any value. */
export type KnownFields = ReadonlyMap<string, KnownFields | null>;

const shared: KnownFields = new Map<string, KnownFields | null>([
  ...fields('runAsGroup', 'runAsNonRoot', 'runAsUser'),
  ['appArmorProfile', fields('localhostProfile', 'type')],
  ['seccompProfile', fields('localhostProfile', 'type')],
  ['seLinuxOptions', fields('level', 'role', 'type', 'user')],
  ['windowsOptions', fields('gmsaCredentialSpec', 'gmsaCredentialSpecName', 'hostProcess', 'runAsUserName')],
]);

/** The fields of a container's securityContext, as of Kubernetes 1.37 (k8s.io/api/core/v1, v0.37.1). */
export const containerSecurityFields: KnownFields = new Map<string, KnownFields | null>([
  ...shared,
  ...fields('allowPrivilegeEscalation', 'privileged', 'procMount', 'readOnlyRootFilesystem'),
  ['capabilities', fields('add', 'drop')],
]);

/** The fields of a pod's securityContext, as of Kubernetes 1.37 (k8s.io/api/core/v1, v0.37.1). */
export const podSecurityFields: KnownFields = new Map<string, KnownFields | null>([
  ...shared,
  ...fields('fsGroup', 'fsGroupChangePolicy', 'seLinuxChangePolicy'),
  ...fields('supplementalGroups', 'supplementalGroupsPolicy', 'sysctls'),
]);

function fields(...names: readonly string[]): ReadonlyMap<string, null> {
  return new Map(names.map((name) => [name, null]));
}
