import { reportContainers } from './oracle-containers.ts';
import { reportContexts } from './oracle-contexts.ts';
import { documentedSite, type FuseSite, hasOtherFuseLabel, reportFuseContract } from './oracle-fuse.ts';
import { reportAnnotations, reportNode } from './oracle-node.ts';
import { atKey, type Report, record } from './oracle-pod.ts';
import { reportUnknownFields } from './oracle-unknown.ts';
import { reportVolumes } from './oracle-volumes.ts';

/** What the oracle is to take for granted about the site; whatever is left out is as documented. */
export type OracleOptions = Partial<FuseSite>;

/** Every check id of pods: the oracle has an opinion on each of them. */
export const oracleIds: readonly string[] = [
  'apparmor-unconfined',
  'capabilities-drop',
  'capabilities-extra',
  'dangerous-capabilities',
  'device-resource',
  'dind-image',
  'dra-claims',
  'engine-command',
  'engine-command-text',
  'engine-host-env',
  'engine-image',
  'engine-port',
  'engine-socket-mount',
  'fuse-contract',
  'fuse-label',
  'host-ipc',
  'host-network',
  'host-path-protected',
  'host-path-unlisted',
  'host-pid',
  'host-ports',
  'image-registry',
  'image-volume',
  'legacy-trust-annotations',
  'mount-propagation',
  'node-placement',
  'privilege-escalation',
  'privileged',
  'probe-host',
  'proc-mount',
  'proc-mount-userns',
  'root-group',
  'root-group-host-path',
  'run-as-root',
  'runtime-annotations',
  'runtime-class',
  'runtime-class-missing',
  'seccomp-unconfined',
  'seccomp-unset',
  'selinux-options',
  'service-account',
  'share-process-ns',
  'unknown-security-context',
  'unknown-volume-source',
  'unsafe-sysctls',
  'volume-devices',
  'volume-plugin',
  'volume-plugin-remote',
  'windows-host-process',
  'windows-system-user',
];

/**
 * Whatever the checks must find in this pod, whatever any profile makes of it: each finding is the id of the check, a
 * space and the place. No site setting allows anything, so that every image, class and device is off the list.
 */
export function oracle(pod: unknown, options: OracleOptions = {}): ReadonlySet<string> {
  const found = new Set<string>();
  const report: Report = (check, place, holds = true) => {
    if (holds) found.add(`${check} ${place}`);
  };
  const site: FuseSite = { ...documentedSite, ...options };
  const metadata = record(record(pod)['metadata']);
  const spec = record(record(pod)['spec']);

  reportNode(spec, report);
  reportVolumes(spec, report);
  reportContainers(spec, site.resource, report);
  reportContexts(spec, report);
  reportUnknownFields(spec, report);
  reportAnnotations(metadata, report);
  report('fuse-label', atKey(site.labelKey), hasOtherFuseLabel(metadata, site));
  reportFuseContract(metadata, spec, site, report);
  return found;
}

/** The ids alone of what was found. */
export function checksOf(found: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...found].map((finding) => finding.slice(0, finding.indexOf(' '))));
}
