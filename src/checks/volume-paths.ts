import { folderParameters, volumeStorage } from '../facts/storage.ts';
import type { PersistentVolumeSubject, StorageClassSubject } from '../kubernetes/objects.ts';
import { type Pointer, pointerTo } from '../kubernetes/pointer.ts';
import { canonicalHostPath } from '../matching/host-path.ts';
import { compileHostPaths, type HostPathIndex } from '../matching/host-path-index.ts';
import type { Finding } from './check.ts';
import type { Heading } from './findings.ts';
import { reachWords, recordedPath, shownPath } from './host-path-findings.ts';
import { engineSocket, type Places, reachedBy } from './host-path-mounts.ts';

/** A path of the node that pods reach by way of a claim: nothing in such a pod shows it. */
export interface VolumePath extends Places {
  readonly pointer: Pointer;
  readonly sent: string;
  /** What leads there, as the beginning of a clause. */
  readonly subject: string;
  /** Whether `type: Socket` says that a socket is meant. */
  readonly isSocket: boolean;
}

const storage = compileHostPaths(volumeStorage);

/** The paths of a PersistentVolume: hostPath and local. */
export function pathsOfVolume({ volume, specAt }: PersistentVolumeSubject): readonly VolumePath[] {
  const paths: VolumePath[] = [];
  for (const source of ['hostPath', 'local'] as const) {
    const held = volume.spec?.[source] as { readonly path?: string | null; readonly type?: string | null } | undefined;
    if (held == null) continue;
    const sent = held.path ?? '';
    paths.push({
      ...reachedBy(canonicalHostPath(sent)),
      sent,
      pointer: pointerTo(specAt, source, 'path'),
      subject: `${source} of the PersistentVolume leads to`,
      isSocket: held.type === 'Socket',
    });
  }
  return paths;
}

/** The folders of the node that a StorageClass tells its provisioner to make volumes in. */
export function pathsOfClass({ parameters }: StorageClassSubject): readonly VolumePath[] {
  return folderParameters.flatMap((parameter) => {
    const sent = Object.hasOwn(parameters, parameter) ? parameters[parameter] : undefined;
    if (sent == null) return [];
    const pointer = pointerTo('', 'parameters', parameter);
    const subject = `parameter ${parameter} of the StorageClass leads to`;
    return [{ ...reachedBy(canonicalHostPath(sent)), sent, pointer, subject, isSocket: false }];
  });
}

/**
 * Whether a path lies below a folder under each of its names, and is not the folder itself. A relative path lies nowhere:
 * the runtime resolves it against a folder of its own.
 */
export function isBelowAny({ path, sent }: Pick<VolumePath, 'path' | 'sent'>, folders: HostPathIndex): boolean {
  if (path.kind === 'unreadable') return false;
  if (path.forms[0].system === 'linux' && !sent.startsWith('/')) return false;
  return path.forms.every((form) => folders.find({ ...path, forms: [form] })?.reach === 'inside');
}

/** Says why a path is one from which the node is taken over, or undefined. */
export function protectedWords(at: VolumePath, sites: readonly (HostPathIndex | undefined)[]): string | undefined {
  const { path } = at;
  if (path.kind === 'unreadable') return `, which ${path.problem}`;
  if (at.isSocket) return ', which is meant to be a socket';
  if (isBelowAny(at, storage)) {
    const socket = engineSocket(path);
    return socket === undefined ? undefined : reachWords(at, socket, socket.what);
  }
  if (at.engine !== undefined) return reachWords(at, at.engine, at.engine.what);
  if (at.node !== undefined) return reachWords(at, at.node, at.node.what);
  for (const site of sites) {
    const hit = site?.find(path);
    if (hit !== undefined) return reachWords(at, hit, 'a protected path of this site');
  }
  return undefined;
}

/** Makes the findings of the paths with which something is wrong: `wordsFor` says what. */
export function pathFindings(
  heading: Heading,
  paths: readonly VolumePath[],
  wordsFor: (at: VolumePath) => string | undefined,
): readonly Finding[] {
  return paths.flatMap((at) => {
    const words = wordsFor(at);
    return words === undefined ? [] : [pathFinding(heading, at, words)];
  });
}

/** It may be written to: who mounts the claim decides that later. */
function pathFinding(heading: Heading, at: VolumePath, words: string): Finding {
  const message = `${at.subject} ${shownPath(at.sent)}${words}`;
  const value = recordedPath({ sent: at.sent, path: at.path, access: 'rw' });
  return { check: heading.id, severity: heading.severity, pointer: at.pointer, place: {}, message, value };
}
