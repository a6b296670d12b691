import { type Alias, compileAliases, type Rewriting } from './host-path-aliases.ts';
import { longestPath } from './host-path-linux.ts';
import { replacePrefix, segmentEnd } from './host-path-segments.ts';

/** A drive, alone, followed by anything (`C:temp`), or as Linux would write it (`/C:/temp`). */
const drive = /^\/?[A-Za-z]:/;
/** `//./` and `//?/`, the device namespace. */
const device = /^\/{2,}[.?](?:\/|$)/;
/** The shares by which a machine offers its own drives and pipes over UNC. */
const ownShare = /^\/{2,}[^/]+\/+(?:[a-z]\$|admin\$|ipc\$|pipe)(?:\/|$)/i;
/** What a Windows node finds on its system drive for a path that Linux would write: `/ProgramData` is `c:/ProgramData`. */
const systemFolder =
  /^\/(?:programdata|program files(?: \(x86\))?|windows|users|documents and settings|progra~\d|docume~\d)[ .]*(?:\/|$)/i;

/** The shapes of paths by which a Windows node may be meant, beside a backslash and a drive: for other engines. */
export const windowsShapes = { device, ownShare, systemFolder };

/** Whether a Windows node may be meant, whatever the pod says of its operating system. */
export function looksLikeWindows(path: string): boolean {
  return path.includes('\\') || drive.test(path) || device.test(path) || ownShare.test(path) || systemFolder.test(path);
}

/** Whether only a Windows node can be meant: the path starts with a drive. */
export function startsWithDrive(path: string): boolean {
  return /^[A-Za-z]:/.test(path);
}

/**
 * Writes a path as a Windows node reads it: in lower case, with `/`, without empty and `.` segments, trailing dots and
 * blanks, and names of streams; from a drive (`c:/users`) or in the device namespace (`//./pipe/x`).
 *
 * A path without a drive is on `c:`, as `MakeAbsolutePath` of Kubernetes' pkg/volume/util has it; one that is relative
 * on its drive (`C:temp`) counts as from the drive's root.
 */
export function readWindowsPath(path: string): { readonly path: string } | { readonly problem: string } {
  const text = path.replaceAll('\\', '/').toLowerCase();
  const { root, rest } = rootOf(text);
  let clean = root;
  for (let start = 0; start < rest.length; ) {
    const end = segmentEnd(rest, start);
    const name = segmentName(rest.slice(start, end));
    start = end + 1;
    if (name === undefined) return { problem: 'has a ".." segment' };
    if (name === '') continue;
    if (clean.length + 1 + name.length > longestPath) return { problem: 'is longer than 4,095 characters' };
    clean += `/${name}`;
  }
  return { path: clean };
}

function rootOf(text: string): { readonly root: string; readonly rest: string } {
  const name = text.search(/[^/]/);
  const end = segmentEnd(text, name);
  const first = text.slice(name, end);
  // `\??\` is how the kernel itself writes the device namespace.
  if ((name >= 2 && (first === '.' || first === '?')) || (name === 1 && first === '??')) {
    return { root: '//.', rest: text.slice(end) };
  }
  if (/^[a-z]:/.test(first) && name < 2) return { root: first.slice(0, 2), rest: text.slice(name + 2) };
  if (name >= 2) return { root: '//./unc', rest: text };
  return { root: 'c:', rest: text };
}

/**
 * What the file system takes a name for: without trailing dots and blanks, and without a stream. Empty when it means
 * nothing; undefined when it may lead to the parent; three dots and more are a name.
 */
function segmentName(segment: string): string | undefined {
  if (segment.length === 2 && segment[1] === ':') return segment;
  const stream = segment.indexOf(':');
  let end = stream === -1 ? segment.length : stream;
  while (segment[end - 1] === '.' || segment[end - 1] === ' ') end--;
  if (end > 0) return segment.slice(0, end);
  const dots = segment.slice(0, stream === -1 ? segment.length : stream).trimEnd();
  if (dots === '' || dots === '.') return '';
  return /^\.{3,}$/.test(dots) ? dots : undefined;
}

/** The links that Windows comes with. */
export const driveAliases: readonly Alias[] = [
  { from: 'c:/documents and settings', to: 'c:/users' },
  { from: 'c:/users/all users', to: 'c:/programdata' },
  { from: 'c:/programdata/application data', to: 'c:/programdata' },
];

const rewriteDrivePath = compileAliases(driveAliases);

/** Names in the device namespace behind which the same namespace goes on. */
const namespaces: ReadonlySet<string> = new Set(['globalroot', 'global', 'global??', 'dosdevices', 'device', '??']);
/** Names in the device namespace that are followed by a server's name. */
const servers: ReadonlySet<string> = new Set(['unc', 'mup', 'lanmanredirector']);
/** A disk, a partition or a volume by another name than its letter. */
const volume = /^(?:volume\{.*|harddisk.*|partition\d+|bootpartition|systempartition)$/;

/** Those names, for other engines: what leads back into the namespace, what to a server, and what to a disk. */
export const deviceNames = { namespaces, servers, volume };

/** Rewrites a Windows path by the other names of drives and pipes, and by the links that Windows comes with. */
export function rewriteWindowsPath(path: string): readonly Rewriting[] {
  if (!path.startsWith('//./')) return rewriteDrivePath(path);
  const end = segmentEnd(path, 4);
  return placesOf(path, path.slice(4, end), end).map(({ to, upTo }) => ({
    path: replacePrefix(path, upTo, to),
    step: `${path.slice(0, upTo)} is ${to}`,
  }));
}

function placesOf(path: string, name: string, end: number): readonly { readonly to: string; readonly upTo: number }[] {
  const at = (...places: readonly string[]) => places.map((to) => ({ to, upTo: end }));
  if (/^[a-z]:$/.test(name)) return at(name);
  if (/^[a-z]\$$/.test(name)) return at(`${name.charAt(0)}:`);
  if (name === 'admin$' || name === 'systemroot') return at('c:/windows');
  if (name === 'namedpipe') return at('//./pipe');
  if (name === 'ipc$') return at('//./pipe', '//.');
  if (namespaces.has(name)) return at('//.');
  if (volume.test(name)) return at('c:', '//.');
  // A server without a share is no place.
  const server = servers.has(name) && end < path.length ? segmentEnd(path, end + 1) : path.length;
  return server < path.length ? [{ to: '//.', upTo: server }] : [];
}
