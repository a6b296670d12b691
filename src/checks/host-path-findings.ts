import { hash } from 'node:crypto';
import type { Pointer } from '../kubernetes/pointer.ts';
import type { PodSubject } from '../kubernetes/subject.ts';
import type { AllowedPaths, PathAccess } from '../matching/allowed-paths.ts';
import type { HostPathHit } from '../matching/host-path-index.ts';
import { printable } from '../matching/printable.ts';
import { type Finding, none, type Severity } from './check.ts';
import { type HostPathAt, type HostPathVolume, hostPathVolumes } from './host-path-mounts.ts';

/** What is wrong with a path, after the words `volume "x" mounts /path`. */
interface HostPathProblem {
  readonly words: string;
  readonly remedy?: string | undefined;
  /** Where, if not at the path. */
  readonly pointer?: Pointer;
}

/** Says what is wrong with a path of a volume; `volume` is absent for a path that a subPath leads to. */
export type JudgePath = (at: HostPathAt, volume: HostPathVolume | undefined) => HostPathProblem | undefined;

/** The fields that lead to a path of the node. */
export const hostPathFields: readonly string[] = [
  'spec.volumes[*].hostPath.path',
  'spec.containers[*].volumeMounts[*].{subPath,subPathExpr}',
];

/** A longer spelling is cut in the value, and then matches no allowance. */
const longestValue = 4096;
const longestShown = 100;

/**
 * Makes the findings of one check: one for each volume that has a problem; where the volume itself has none, one for
 * each path that a subPath leads to and that has one.
 *
 * Their place is the volume's, so that they are only old while the request adds no container and changes no image.
 */
export function findHostPaths(
  subject: PodSubject,
  check: { readonly id: string; readonly severity: Severity },
  judge: JudgePath,
): readonly Finding[] {
  const volumes = hostPathVolumes(subject);
  if (volumes.length === 0) return none;
  const findings: Finding[] = [];
  for (const volume of volumes) {
    const problem = judge(volume, volume);
    if (problem !== undefined) {
      findings.push(findingOf(check, volume.name, volume, problem));
      continue;
    }
    for (const at of volume.subPaths) {
      const below = judge(at, undefined);
      if (below !== undefined) findings.push(findingOf(check, volume.name, at, below));
    }
  }
  return findings.length === 0 ? none : findings;
}

/** Whether the setting `paths` of an allowance tolerates a finding of one of the host path checks. */
export function permitsHostPath(finding: Finding, allow: { readonly paths?: AllowedPaths | undefined }): boolean {
  // A path may itself end in `:ro`: only what stands behind the last colon is ours.
  const colon = finding.value.lastIndexOf(':');
  const access = finding.value.slice(colon + 1);
  if (access !== 'rw' && access !== 'ro' && access !== 'rro') return false;
  return allow.paths?.(finding.value.slice(0, colon), access) ?? false;
}

/** Says how a path reaches a place, and by which step: `, which is /run, a parent of /run/docker.sock, the Docker socket`. */
export function reachWords(at: Pick<HostPathAt, 'sent'>, hit: HostPathHit, what: string): string {
  const { path, via } = hit.form;
  const steps = via === undefined || via === `${at.sent} is ${path}` ? '' : ` (${shown(via)})`;
  const name = path === at.sent ? '' : `, which is ${shown(path === 'c:' ? 'c:/' : path)}${steps}`;
  const reach = { equal: '', inside: `, inside ${shown(hit.place)}`, above: `, a parent of ${shown(hit.place)}` };
  return `${name}${reach[hit.reach]}, ${what}`;
}

/** Writes text of the pod's author into a message. */
export function shown(text: string): string {
  return printable(text, longestShown);
}

function findingOf(
  { id, severity }: { readonly id: string; readonly severity: Severity },
  volume: string,
  at: HostPathAt,
  { words, remedy, pointer }: HostPathProblem,
): Finding {
  return {
    check: id,
    severity,
    pointer: pointer ?? at.pointer,
    place: { volume },
    message: `volume "${shown(volume)}" mounts ${shownPath(at.sent)}${words}`,
    value: recordedPath(at),
    ...(remedy === undefined ? {} : { remedy }),
  };
}

/**
 * The path as it was sent and the access, behind the last colon. What cannot be kept as it was sent, because it is
 * unreadable or too long, is escaped, cut and told apart by a digest, and `unreadable` and `cut` are no access.
 */
export function recordedPath({ sent, path, access }: Pick<HostPathAt, 'sent' | 'path' | 'access'>): string {
  const suffix: PathAccess | 'unreadable' | 'cut' =
    path.kind === 'unreadable' ? 'unreadable' : sent.length > longestValue ? 'cut' : access;
  if (suffix === access) return `${sent}:${access}`;
  return `${shown(sent)}#${hash('sha256', sent).slice(0, 16)}:${suffix}`;
}

/** Writes a path into a message, in quotes where it could be read otherwise. */
export function shownPath(path: string): string {
  return /^[^\s"']+$/.test(path) ? shown(path) : `"${shown(path)}"`;
}
