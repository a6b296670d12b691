import { apparmorUnconfined } from './apparmor-unconfined.ts';
import { capabilitiesDrop } from './capabilities-drop.ts';
import { capabilitiesExtra } from './capabilities-extra.ts';
import type { Check } from './check.ts';
import { dangerousCapabilities } from './dangerous-capabilities.ts';
import { deviceResource } from './device-resource.ts';
import { dindImage } from './dind-image.ts';
import { draClaims } from './dra-claims.ts';
import { engineCommand } from './engine-command.ts';
import { engineCommandText } from './engine-command-text.ts';
import { engineHostEnv } from './engine-host-env.ts';
import { engineImage } from './engine-image.ts';
import { enginePort } from './engine-port.ts';
import { engineSocketMount } from './engine-socket-mount.ts';
import { fuseContract } from './fuse-contract.ts';
import { fuseLabel } from './fuse-label.ts';
import { gatedDeviceClaim } from './gated-device-claim.ts';
import { hostIpc } from './host-ipc.ts';
import { hostNetwork } from './host-network.ts';
import { hostPathProtected } from './host-path-protected.ts';
import { hostPathUnlisted } from './host-path-unlisted.ts';
import { hostPid } from './host-pid.ts';
import { hostPorts } from './host-ports.ts';
import { imageRegistry } from './image-registry.ts';
import { imageVolume } from './image-volume.ts';
import { legacyTrustAnnotations } from './legacy-trust-annotations.ts';
import { mountPropagation } from './mount-propagation.ts';
import { nodePlacement } from './node-placement.ts';
import { privilegeEscalation } from './privilege-escalation.ts';
import { privileged } from './privileged.ts';
import { probeHost } from './probe-host.ts';
import { procMount } from './proc-mount.ts';
import { procMountUserns } from './proc-mount-userns.ts';
import { pvcEnginePath } from './pvc-engine-path.ts';
import { pvcEnginePathProtected } from './pvc-engine-path-protected.ts';
import { rootGroup } from './root-group.ts';
import { rootGroupHostPath } from './root-group-host-path.ts';
import { runAsRoot } from './run-as-root.ts';
import { runtimeAnnotations } from './runtime-annotations.ts';
import { runtimeClass } from './runtime-class.ts';
import { runtimeClassHandler } from './runtime-class-handler.ts';
import { runtimeClassMissing } from './runtime-class-missing.ts';
import { seccompUnconfined } from './seccomp-unconfined.ts';
import { seccompUnset } from './seccomp-unset.ts';
import { selinuxOptions } from './selinux-options.ts';
import { serviceAccount } from './service-account.ts';
import { shareProcessNs } from './share-process-ns.ts';
import { unknownSecurityContext } from './unknown-security-context.ts';
import { unknownVolumeSource } from './unknown-volume-source.ts';
import { unsafeSysctls } from './unsafe-sysctls.ts';
import { volumeDevices } from './volume-devices.ts';
import { volumePlugin } from './volume-plugin.ts';
import { volumePluginRemote } from './volume-plugin-remote.ts';
import { windowsHostProcess } from './windows-host-process.ts';
import { windowsSystemUser } from './windows-system-user.ts';

/** All checks, sorted by id: the order of output is part of the contract. */
export const checks: readonly Check[] = [
  apparmorUnconfined,
  capabilitiesDrop,
  capabilitiesExtra,
  dangerousCapabilities,
  deviceResource,
  dindImage,
  draClaims,
  engineCommand,
  engineCommandText,
  engineHostEnv,
  engineImage,
  enginePort,
  engineSocketMount,
  fuseContract,
  fuseLabel,
  gatedDeviceClaim,
  hostIpc,
  hostNetwork,
  hostPathProtected,
  hostPathUnlisted,
  hostPid,
  hostPorts,
  imageRegistry,
  imageVolume,
  legacyTrustAnnotations,
  mountPropagation,
  nodePlacement,
  privilegeEscalation,
  privileged,
  probeHost,
  procMount,
  procMountUserns,
  pvcEnginePath,
  pvcEnginePathProtected,
  rootGroup,
  rootGroupHostPath,
  runAsRoot,
  runtimeAnnotations,
  runtimeClass,
  runtimeClassHandler,
  runtimeClassMissing,
  seccompUnconfined,
  seccompUnset,
  selinuxOptions,
  serviceAccount,
  shareProcessNs,
  unknownSecurityContext,
  unknownVolumeSource,
  unsafeSysctls,
  volumeDevices,
  volumePlugin,
  volumePluginRemote,
  windowsHostProcess,
  windowsSystemUser,
];

const byId: ReadonlyMap<string, Check> = new Map(checks.map((check) => [check.id, check]));

/** The check of an id, or undefined. */
export function checkById(id: string): Check | undefined {
  return byId.get(id);
}
