import type { Pointer } from './pointer.ts';
import {
  each,
  type Fields,
  isAnything,
  isFlag,
  isNumber,
  isObject,
  isText,
  numbers,
  prefixed,
  requireMetadata,
  UnreadableObjectError,
  within,
  words,
  wrong,
} from './shape.ts';
import type { Pod } from './subject.ts';

/**
 * Confirms that every field that a check reads is absent, null, or of the type that Kubernetes gives it.
 *
 * The API server decodes and encodes what it sends, so this only fails for other senders, and for files.
 * Fields that no check reads are not looked at; unknown fields stay. Throws UnreadableObjectError.
 */
export function requirePodShape(value: unknown, at: Pointer = ''): Pod {
  if (!isObject(value)) throw new UnreadableObjectError(at, 'is not an object');
  try {
    within(value['metadata'], 'metadata', requireMetadata);
    within(value['spec'], 'spec', requireSpec);
  } catch (error) {
    throw prefixed(error, at);
  }
  return value as Pod;
}

function requireSpec(spec: Fields): void {
  if (!isFlag(spec['hostPID'])) wrong('hostPID', 'a boolean');
  if (!isFlag(spec['hostNetwork'])) wrong('hostNetwork', 'a boolean');
  if (!isFlag(spec['hostIPC'])) wrong('hostIPC', 'a boolean');
  if (!isFlag(spec['hostUsers'])) wrong('hostUsers', 'a boolean');
  if (!isText(spec['runtimeClassName'])) wrong('runtimeClassName', 'a string');
  if (!isText(spec['serviceAccountName'])) wrong('serviceAccountName', 'a string');
  if (!isText(spec['serviceAccount'])) wrong('serviceAccount', 'a string');
  if (!isFlag(spec['automountServiceAccountToken'])) wrong('automountServiceAccountToken', 'a boolean');
  if (!isFlag(spec['shareProcessNamespace'])) wrong('shareProcessNamespace', 'a boolean');
  if (!isText(spec['nodeName'])) wrong('nodeName', 'a string');
  if (!isText(spec['priorityClassName'])) wrong('priorityClassName', 'a string');
  within(spec['os'], 'os', requireOs);
  within(spec['securityContext'], 'securityContext', requirePodSecurityContext);
  within(spec['resources'], 'resources', requireResources);
  each(spec['tolerations'], 'tolerations', requireToleration);
  each(spec['resourceClaims'], 'resourceClaims', requireResourceClaim);
  each(spec['containers'], 'containers', requireContainer);
  each(spec['initContainers'], 'initContainers', requireContainer);
  each(spec['ephemeralContainers'], 'ephemeralContainers', requireContainer);
  each(spec['volumes'], 'volumes', requireVolume);
}

function requireContainer(container: Fields): void {
  if (!isText(container['name'])) wrong('name', 'a string');
  if (!isText(container['image'])) wrong('image', 'a string');
  words(container['command'], 'command');
  words(container['args'], 'args');
  each(container['env'], 'env', requireEnv);
  each(container['envFrom'], 'envFrom', requireEnvFrom);
  each(container['ports'], 'ports', requirePort);
  each(container['volumeMounts'], 'volumeMounts', requireMount);
  each(container['volumeDevices'], 'volumeDevices', requireDevice);
  within(container['securityContext'], 'securityContext', requireSecurityContext);
  within(container['resources'], 'resources', requireResources);
  within(container['livenessProbe'], 'livenessProbe', requireHandler);
  within(container['readinessProbe'], 'readinessProbe', requireHandler);
  within(container['startupProbe'], 'startupProbe', requireHandler);
  within(container['lifecycle'], 'lifecycle', requireLifecycle);
}

function requireOs(os: Fields): void {
  if (!isText(os['name'])) wrong('name', 'a string');
}

function requireToleration(toleration: Fields): void {
  if (!isText(toleration['key'])) wrong('key', 'a string');
  if (!isText(toleration['operator'])) wrong('operator', 'a string');
}

function requireResourceClaim(claim: Fields): void {
  if (!isText(claim['name'])) wrong('name', 'a string');
  if (!isText(claim['resourceClaimName'])) wrong('resourceClaimName', 'a string');
  if (!isText(claim['resourceClaimTemplateName'])) wrong('resourceClaimTemplateName', 'a string');
}

function requirePort(port: Fields): void {
  if (!isNumber(port['containerPort'])) wrong('containerPort', 'a number');
  if (!isNumber(port['hostPort'])) wrong('hostPort', 'a number');
}

function requireEnv(entry: Fields): void {
  if (!isText(entry['name'])) wrong('name', 'a string');
}

function requireEnvFrom(entry: Fields): void {
  if (!isText(entry['prefix'])) wrong('prefix', 'a string');
}

function requireMount(mount: Fields): void {
  if (!isText(mount['name'])) wrong('name', 'a string');
  if (!isText(mount['subPath'])) wrong('subPath', 'a string');
  if (!isText(mount['subPathExpr'])) wrong('subPathExpr', 'a string');
  if (!isText(mount['mountPropagation'])) wrong('mountPropagation', 'a string');
  if (!isText(mount['recursiveReadOnly'])) wrong('recursiveReadOnly', 'a string');
  if (!isFlag(mount['readOnly'])) wrong('readOnly', 'a boolean');
}

function requireDevice(device: Fields): void {
  if (!isText(device['name'])) wrong('name', 'a string');
  if (!isText(device['devicePath'])) wrong('devicePath', 'a string');
}

function requireSecurityContext(context: Fields): void {
  if (!isFlag(context['privileged'])) wrong('privileged', 'a boolean');
  if (!isFlag(context['allowPrivilegeEscalation'])) wrong('allowPrivilegeEscalation', 'a boolean');
  if (!isText(context['procMount'])) wrong('procMount', 'a string');
  within(context['capabilities'], 'capabilities', requireCapabilities);
  requireSharedContext(context);
}

function requirePodSecurityContext(context: Fields): void {
  if (!isNumber(context['fsGroup'])) wrong('fsGroup', 'a number');
  numbers(context['supplementalGroups'], 'supplementalGroups');
  each(context['sysctls'], 'sysctls', requireSysctl);
  requireSharedContext(context);
}

/** What a pod and a container both have; the container's overrides the pod's. */
function requireSharedContext(context: Fields): void {
  if (!isFlag(context['runAsNonRoot'])) wrong('runAsNonRoot', 'a boolean');
  if (!isNumber(context['runAsUser'])) wrong('runAsUser', 'a number');
  if (!isNumber(context['runAsGroup'])) wrong('runAsGroup', 'a number');
  within(context['seccompProfile'], 'seccompProfile', requireSecurityProfile);
  within(context['appArmorProfile'], 'appArmorProfile', requireSecurityProfile);
  within(context['seLinuxOptions'], 'seLinuxOptions', requireSeLinuxOptions);
  within(context['windowsOptions'], 'windowsOptions', requireWindowsOptions);
}

function requireSecurityProfile(profile: Fields): void {
  if (!isText(profile['type'])) wrong('type', 'a string');
}

function requireSeLinuxOptions(options: Fields): void {
  if (!isText(options['type'])) wrong('type', 'a string');
  if (!isText(options['user'])) wrong('user', 'a string');
  if (!isText(options['role'])) wrong('role', 'a string');
}

function requireWindowsOptions(options: Fields): void {
  if (!isFlag(options['hostProcess'])) wrong('hostProcess', 'a boolean');
  if (!isText(options['runAsUserName'])) wrong('runAsUserName', 'a string');
}

function requireSysctl(sysctl: Fields): void {
  if (!isText(sysctl['name'])) wrong('name', 'a string');
  if (!isText(sysctl['value'])) wrong('value', 'a string');
}

function requireCapabilities(capabilities: Fields): void {
  words(capabilities['add'], 'add');
  words(capabilities['drop'], 'drop');
}

function requireResources(resources: Fields): void {
  within(resources['limits'], 'limits', isAnything);
  within(resources['requests'], 'requests', isAnything);
  each(resources['claims'], 'claims', requireContainerClaim);
}

function requireContainerClaim(claim: Fields): void {
  if (!isText(claim['name'])) wrong('name', 'a string');
}

function requireLifecycle(lifecycle: Fields): void {
  within(lifecycle['postStart'], 'postStart', requireHandler);
  within(lifecycle['preStop'], 'preStop', requireHandler);
}

function requireHandler(handler: Fields): void {
  within(handler['exec'], 'exec', requireExec);
  within(handler['httpGet'], 'httpGet', requireHost);
  within(handler['tcpSocket'], 'tcpSocket', requireHost);
}

function requireHost(action: Fields): void {
  if (!isText(action['host'])) wrong('host', 'a string');
}

function requireExec(exec: Fields): void {
  words(exec['command'], 'command');
}

function requireVolume(volume: Fields): void {
  if (!isText(volume['name'])) wrong('name', 'a string');
  within(volume['hostPath'], 'hostPath', requireHostPath);
  within(volume['image'], 'image', requireImageVolume);
  within(volume['csi'], 'csi', requireDriver);
  within(volume['flexVolume'], 'flexVolume', requireDriver);
  within(volume['projected'], 'projected', requireProjected);
}

function requireDriver(source: Fields): void {
  if (!isText(source['driver'])) wrong('driver', 'a string');
}

function requireProjected(projected: Fields): void {
  each(projected['sources'], 'sources', requireProjection);
}

function requireProjection(source: Fields): void {
  within(source['serviceAccountToken'], 'serviceAccountToken', requireTokenProjection);
}

function requireTokenProjection(token: Fields): void {
  if (!isText(token['audience'])) wrong('audience', 'a string');
}

function requireHostPath(hostPath: Fields): void {
  if (!isText(hostPath['path'])) wrong('path', 'a string');
  if (!isText(hostPath['type'])) wrong('type', 'a string');
}

function requireImageVolume(image: Fields): void {
  if (!isText(image['reference'])) wrong('reference', 'a string');
}
