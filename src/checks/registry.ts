import { capabilitiesExtra } from './capabilities-extra.ts';
import type { Check } from './check.ts';
import { dangerousCapabilities } from './dangerous-capabilities.ts';
import { dindImage } from './dind-image.ts';
import { engineCommand } from './engine-command.ts';
import { engineCommandText } from './engine-command-text.ts';
import { engineHostEnv } from './engine-host-env.ts';
import { engineImage } from './engine-image.ts';
import { engineSocketMount } from './engine-socket-mount.ts';
import { fuseContract } from './fuse-contract.ts';
import { fuseLabel } from './fuse-label.ts';
import { hostIpc } from './host-ipc.ts';
import { hostNetwork } from './host-network.ts';
import { hostPathProtected } from './host-path-protected.ts';
import { hostPathUnlisted } from './host-path-unlisted.ts';
import { hostPid } from './host-pid.ts';
import { mountPropagation } from './mount-propagation.ts';
import { privileged } from './privileged.ts';
import { procMount } from './proc-mount.ts';
import { procMountUserns } from './proc-mount-userns.ts';
import { runtimeAnnotations } from './runtime-annotations.ts';

/** All checks, sorted by id: the order of output is part of the contract. */
export const checks: readonly Check[] = [
  capabilitiesExtra,
  dangerousCapabilities,
  dindImage,
  engineCommand,
  engineCommandText,
  engineHostEnv,
  engineImage,
  engineSocketMount,
  fuseContract,
  fuseLabel,
  hostIpc,
  hostNetwork,
  hostPathProtected,
  hostPathUnlisted,
  hostPid,
  mountPropagation,
  privileged,
  procMount,
  procMountUserns,
  runtimeAnnotations,
];

const byId: ReadonlyMap<string, Check> = new Map(checks.map((check) => [check.id, check]));

/** The check of an id, or undefined. */
export function checkById(id: string): Check | undefined {
  return byId.get(id);
}
