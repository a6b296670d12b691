import { containersOf, inContainer, isSet, type Json, type Report, record, wholePod } from './oracle-pod.ts';

/** The fields of an object of the API, each with those of the object in it, as far as somebody has to know them. */
type Fields = ReadonlyMap<string, Fields>;

const none: Fields = new Map();

function fields(...names: readonly string[]): Fields {
  return new Map(names.map((name) => [name, none]));
}

const shared: readonly (readonly [string, Fields])[] = [
  ['appArmorProfile', fields('type', 'localhostProfile')],
  ['seccompProfile', fields('type', 'localhostProfile')],
  ['seLinuxOptions', fields('level', 'role', 'type', 'user')],
  ['windowsOptions', fields('gmsaCredentialSpec', 'gmsaCredentialSpecName', 'hostProcess', 'runAsUserName')],
];

/** Of Kubernetes 1.37: the reference of the API, PodSecurityContext. */
const podFields: Fields = new Map([
  ...shared,
  ...fields('fsGroup', 'fsGroupChangePolicy', 'runAsGroup', 'runAsNonRoot', 'runAsUser', 'seLinuxChangePolicy'),
  ...fields('supplementalGroups', 'supplementalGroupsPolicy', 'sysctls'),
]);

/** Of Kubernetes 1.37: the reference of the API, SecurityContext. */
const containerFields: Fields = new Map([
  ...shared,
  ['capabilities', fields('add', 'drop')],
  ...fields('allowPrivilegeEscalation', 'privileged', 'procMount', 'readOnlyRootFilesystem'),
  ...fields('runAsGroup', 'runAsNonRoot', 'runAsUser'),
]);

function hasUnknown(context: Json, known: Fields): boolean {
  return Object.entries(context).some(([name, value]) => {
    if (!isSet(value)) return false;
    const inner = known.get(name);
    return inner === undefined || (inner.size > 0 && hasUnknown(record(value), inner));
  });
}

/** Finds the security contexts with a field that Kubernetes did not have when the catalogue was written. */
export function reportUnknownFields(spec: Json, report: Report): void {
  report('unknown-security-context', wholePod, hasUnknown(record(spec['securityContext']), podFields));
  for (const container of containersOf(spec)) {
    const context = record(container['securityContext']);
    report('unknown-security-context', inContainer(container), hasUnknown(context, containerFields));
  }
}
