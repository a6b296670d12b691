import { expect, test } from 'vitest';
import { requirePodShape } from './pod-shape.ts';
import { UnreadableObjectError } from './shape.ts';

/** A field that a check reads, and a value that Kubernetes does not give it. */
const malformed: readonly (readonly [string, unknown])[] = [
  ['/spec/automountServiceAccountToken', 'false'],
  ['/spec/shareProcessNamespace', 1],
  ['/spec/serviceAccount', {}],
  ['/spec/nodeName', 7],
  ['/spec/priorityClassName', ['a']],
  ['/spec/os', 'windows'],
  ['/spec/os/name', 1],
  ['/spec/tolerations', {}],
  ['/spec/tolerations/0/key', 1],
  ['/spec/tolerations/0/operator', 1],
  ['/spec/resources/limits', []],
  ['/spec/resourceClaims', 'a'],
  ['/spec/resourceClaims/0/name', 1],
  ['/spec/resourceClaims/0/resourceClaimName', 1],
  ['/spec/resourceClaims/0/resourceClaimTemplateName', 1],
  ['/spec/securityContext', []],
  ['/spec/securityContext/fsGroup', '0'],
  ['/spec/securityContext/supplementalGroups', 0],
  ['/spec/securityContext/sysctls', {}],
  ['/spec/securityContext/sysctls/0/name', 1],
  ['/spec/securityContext/sysctls/0/value', 1],
  ['/spec/securityContext/runAsNonRoot', 'true'],
  ['/spec/securityContext/runAsUser', '0'],
  ['/spec/securityContext/runAsGroup', '0'],
  ['/spec/securityContext/seccompProfile', 'Unconfined'],
  ['/spec/securityContext/appArmorProfile/type', 1],
  ['/spec/securityContext/seLinuxOptions/type', 1],
  ['/spec/securityContext/windowsOptions/hostProcess', 'true'],
  ['/spec/containers/0/securityContext/allowPrivilegeEscalation', 'false'],
  ['/spec/containers/0/securityContext/runAsNonRoot', 1],
  ['/spec/containers/0/securityContext/runAsUser', true],
  ['/spec/containers/0/securityContext/runAsGroup', '0'],
  ['/spec/containers/0/securityContext/capabilities/drop', 'ALL'],
  ['/spec/containers/0/securityContext/seccompProfile/type', 1],
  ['/spec/containers/0/securityContext/appArmorProfile', []],
  ['/spec/containers/0/securityContext/seLinuxOptions/user', 1],
  ['/spec/containers/0/securityContext/seLinuxOptions/role', 1],
  ['/spec/containers/0/securityContext/windowsOptions/runAsUserName', 1],
  ['/spec/containers/0/ports', {}],
  ['/spec/containers/0/ports/0/containerPort', '2375'],
  ['/spec/containers/0/ports/0/hostPort', '2375'],
  ['/spec/containers/0/volumeDevices', {}],
  ['/spec/containers/0/volumeDevices/0/name', 1],
  ['/spec/containers/0/resources/claims', {}],
  ['/spec/containers/0/resources/claims/0/name', 1],
  ['/spec/containers/0/livenessProbe/httpGet/host', 1],
  ['/spec/containers/0/readinessProbe/tcpSocket', 'a'],
  ['/spec/containers/0/lifecycle/preStop/httpGet/host', ['a']],
  ['/spec/initContainers/0/startupProbe/tcpSocket/host', 1],
  ['/spec/ephemeralContainers/0/securityContext/allowPrivilegeEscalation', 0],
  ['/spec/volumes/0/csi/driver', 1],
  ['/spec/volumes/0/flexVolume/driver', 1],
  ['/spec/volumes/0/projected/sources', {}],
  ['/spec/volumes/0/projected/sources/0/serviceAccountToken', 'a'],
  ['/spec/volumes/0/projected/sources/0/serviceAccountToken/audience', 1],
];

test.each(malformed)('a pod is unreadable when %s has another type', (pointer, value) => {
  const read = () => requirePodShape(podWith(pointer, value));
  expect(read).toThrow(UnreadableObjectError);
  expect(read).toThrow(`${pointer} is not`);
});

test.each(malformed)('a pod is readable when %s is null', (pointer) => {
  const pod = podWith(pointer, null);
  expect(requirePodShape(pod)).toBe(pod);
});

test('an entry of a list of numbers is a number', () => {
  const read = () => requirePodShape({ spec: { securityContext: { supplementalGroups: [1, '0'] } } });
  expect(read).toThrow('/spec/securityContext/supplementalGroups is not a list of numbers');
});

/** A pod that has nothing but this value, below lists where the pointer has an index. */
function podWith(pointer: string, value: unknown): object {
  return pointer
    .split('/')
    .slice(1)
    .reduceRight<unknown>((inner, token) => (token === '0' ? [inner] : { [token]: inner }), value) as object;
}
