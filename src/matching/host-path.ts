import { readLinuxPath, rewriteLinuxPath } from './host-path-linux.ts';
import { looksLikeWindows, readWindowsPath, rewriteWindowsPath, startsWithDrive } from './host-path-windows.ts';

/** One canonical name of what a host path may lead to. */
export interface HostPathForm {
  /** Without empty and `.` segments: `/run/docker.sock`; on Windows in lower case: `c:/users`, `//./pipe/x`, `c:`. */
  readonly path: string;
  readonly system: 'linux' | 'windows';
  /** By which aliases it comes from the path as it was sent: `/proc/1/root is /, /var/run is /run`. */
  readonly via: string | undefined;
}

/** A path that a node may open, under all its names; the first is the path itself, only cleaned. */
export interface ReadableHostPath {
  readonly kind: 'readable';
  readonly forms: readonly [HostPathForm, ...HostPathForm[]];
}

/** A path that nothing may tolerate, with what is wrong with it: a clause such as `is empty`. */
interface UnreadableHostPath {
  readonly kind: 'unreadable';
  readonly problem: string;
}

export type CanonicalHostPath = ReadableHostPath | UnreadableHostPath;

/** Linux follows 40 links in one path (`MAXSYMLINKS`, linux/namei.h), each of which adds one name or a few. */
const mostForms = 128;

/**
 * Finds every name under which a node may open a path: the path itself, and each that an alias makes of it, until there
 * is no new one.
 *
 * Kubernetes only refuses an empty path and `..` segments (`validatePathNoBacksteps` in pkg/apis/core/validation), so
 * `//var//run/./docker.sock/` arrives here as it was written, and a relative path too. A path that may be meant for
 * Windows is read for both systems, whatever the pod says, but for one that starts with a drive. Nothing is decoded:
 * `%2e`, `$(VAR)` and Unicode are literal in a hostPath.
 *
 * Never throws. Time is linear in the path; a path that is longer than 4,095 characters when it is cleaned, or has more
 * than 128 forms, is unreadable, because no node can open it.
 */
export function canonicalHostPath(path: string): CanonicalHostPath {
  if (path === '') return unreadable('is empty');
  if (/\p{Cc}/u.test(path)) return unreadable('has a control character');
  if (!path.isWellFormed()) return unreadable('is not Unicode');
  const forms: HostPathForm[] = [];
  if (!startsWithDrive(path)) {
    const read = readLinuxPath(path);
    if ('problem' in read) return unreadable(read.problem);
    forms.push({ path: read.path, system: 'linux', via: undefined });
  }
  if (looksLikeWindows(path)) {
    const read = readWindowsPath(path);
    if ('problem' in read) return unreadable(read.problem);
    forms.push({ path: read.path, system: 'windows', via: undefined });
  }
  // There is at least one: what starts with a drive looks like Windows.
  return closed(forms as [HostPathForm, ...HostPathForm[]]);
}

/** Adds to the list, while walking it, what the aliases make of each form. */
function closed(forms: [HostPathForm, ...HostPathForm[]]): CanonicalHostPath {
  for (let index = 0; index < forms.length; index++) {
    const form = forms[index] as HostPathForm;
    const rewritings = form.system === 'linux' ? rewriteLinuxPath(form.path) : rewriteWindowsPath(form.path);
    for (const { path, step } of rewritings) {
      add(forms, { path, system: form.system, via: form.via === undefined ? step : `${form.via}, ${step}` });
    }
    if (looksLikeWindows(form.path)) {
      const read = readWindowsPath(form.path);
      if ('problem' in read) return unreadable(read.problem);
      add(forms, { path: read.path, system: 'windows', via: form.via });
    }
    if (forms.length > mostForms) return unreadable('goes through more links than a node follows');
  }
  return { kind: 'readable', forms };
}

function add(forms: HostPathForm[], form: HostPathForm): void {
  for (const known of forms) if (known.path === form.path) return;
  forms.push(form);
}

function unreadable(problem: string): UnreadableHostPath {
  return { kind: 'unreadable', problem };
}
