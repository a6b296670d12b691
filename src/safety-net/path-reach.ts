import { enginePlaces, engineSocketNames } from '../facts/host-paths.ts';
import { nodePlaces } from '../facts/node-paths.ts';
import { canonicalHostPath } from '../matching/host-path.ts';
import { windowsShapes } from '../matching/host-path-windows.ts';
import { any, bound, type Cel, regex } from './cel.ts';
import { pathLanguage, rootLanguage, windowsLanguage } from './path-language.ts';

const engineSockets = `(?:^|/)(?:${engineSocketNames.map((name) => name.replaceAll('.', '\\.')).join('|')})(?:\\.ttrpc)?$`;
const engineLanguage = pathLanguage(
  enginePlaces.flatMap(({ paths }) => paths),
  true,
);
const nodeLanguage = pathLanguage(
  nodePlaces.flatMap(({ paths }) => paths),
  true,
);
const engineWindows = windowsLanguage(
  enginePlaces.flatMap(({ paths }) => paths),
  true,
);
const nodeWindows = windowsLanguage(
  nodePlaces.flatMap(({ paths }) => paths),
  true,
);
const windowsSockets = engineSockets.replace(/\$$/, '[ .]*(?::[^/]*)?$');

/** The longest path that a node can open, and the longest spelling that an allowance is held against. */
export const longest = 4095;

/** A path without empty and `.` segments, from the root. */
export function cleaned(path: Cel): Cel {
  return `'/' + ${path}.split('/').filter(s, s != '' && s != '.').join('/')`;
}

/** Whether a reading of Windows matches: of the path as it was sent, or of what it is inside of the node's root. */
function inWindows(p: Cel, pattern: string): Cel {
  const matched = (reading: Cel) => `${reading} != '' && ${reading}.matches(${regex(pattern)})`;
  return `(${matched(`${p}.win`)} || ${p}.inner != ${p}.win && ${matched(`${p}.inner`)})`;
}

interface Languages {
  readonly linux: string | undefined;
  readonly windows: string | undefined;
}

/** Whether a path `p` reaches a place. */
function reaches(p: Cel, { linux, windows }: Languages): Cel {
  return any([
    ...(linux === undefined ? [] : [`${p}.path.matches(${regex(linux)})`]),
    ...(windows === undefined ? [] : [inWindows(p, windows)]),
  ]);
}

/** Whether a path `p` reaches a place of an engine, or has the name of its socket. */
export function reachesEngine(p: Cel): Cel {
  const sockets = { linux: engineSockets, windows: windowsSockets };
  return any([reaches(p, { linux: engineLanguage, windows: engineWindows }), reaches(p, sockets)]);
}

/** Whether a path `p` reaches a protected place of the node, or cannot be read. */
export function reachesNode(p: Cel): Cel {
  return any([isUnreadable(p), reaches(p, { linux: nodeLanguage, windows: nodeWindows })]);
}

/** Whether a path `p` cannot be read. A parent segment counts with what Windows takes no notice of. */
export function isUnreadable(p: Cel): Cel {
  return any([
    `${p}.raw == ''`,
    `size(${p}.path) > ${longest}`,
    `${p}.raw.matches(${regex('\\p{Cc}')})`,
    `${p}.path.matches(${regex('/\\.\\.(?:/|$)')})`,
    inWindows(p, '/(?:\\.\\.| [ .]*\\.|\\.+ [ .]*\\.) *(?::[^/]*)?(?:/|$)'),
  ]);
}

const systemFolder = windowsShapes.systemFolder.source.replace(/^\^\\\//, '').replaceAll('\\/', '/');
const rawShapes = [
  `(?i)^/?[a-z]:`,
  `^/${systemFolder}`,
  windowsShapes.device.source.replaceAll('\\/', '/'),
  windowsShapes.ownShare.source.replaceAll('\\/', '/'),
].join('|');
/** Behind a name of the root: a drive or a folder of the system. */
const formShape = `^${rootLanguage()}/(?i:[a-z]:|${systemFolder})`;

/** A segment that means nothing to Windows: see segmentName in matching/host-path-windows.ts. */
const noName = '^[.]? *(?::.*)?$';

/** What Windows reads in a path, in lower case and without empty and `.` segments: `/c:/…`, or `/@/…` for a device. */
function windowsReading(path: Cel): Cel {
  const segments = (of: Cel) => `${of}.split('/').filter(s, !s.matches(${regex(noName)})).map(s, '/' + s).join('')`;
  const read = [
    `t.matches(${regex('^/{2,}[.?](?:/|$)|^/[?][?](?:/|$)')}) ? '/@' + ${segments('t')}`,
    `t.matches('^/?[a-z]:') ? ${segments("t.replace(':', ':/', 1)")}`,
    // A server without a share is no place: behind an empty name nothing leads further.
    `t.matches('^/{2,}[^/]+(?:/+[.]?)*$') ? '/@/unc/' + ${segments('t')}`,
    `t.matches('^/{2,}[^/]') ? '/@/unc' + ${segments('t')}`,
    `'/c:' + ${segments('t')}`,
  ].join(' : ');
  return bound('t', `${path}.replace('\\\\', '/').lowerAscii()`, read);
}

/**
 * A path as a Windows node may read it, as it was sent; empty where Windows cannot be meant. See
 * matching/host-path-windows.ts.
 */
export function windowsPath(sent: Cel): Cel {
  const isWindows = `x.contains('\\\\') || x.matches(${regex(rawShapes)})`;
  return bound('x', sent, `${isWindows} ? ${windowsReading('x')} : ''`);
}

/** The same of the path when it is cleaned and a name of the root is taken from it: `/host/C:/x` is `/c:/x`. */
export function innerPath(sent: Cel): Cel {
  const behind = `('/' + w.substring(size(w.find(${regex(`^${rootLanguage()}/`)}))))`;
  const isWindows = `w.contains('\\\\') || w.matches(${regex(formShape)})`;
  return bound('w', cleaned(sent), `${isWindows} ? ${windowsReading(behind)} : ''`);
}

/** Whether a path `p` reaches one of the site's own places: each counts under all its names, and `*` is literal. */
export function reachesSite(paths: readonly string[], p: Cel): Cel {
  const forms = paths.flatMap((path) => {
    const canonical = canonicalHostPath(path);
    return canonical.kind === 'unreadable' ? [] : canonical.forms.map((form) => form.path);
  });
  const isLinux = (form: string) => form.startsWith('/') && !form.startsWith('//');
  return reaches(p, {
    linux: forms.some(isLinux) ? pathLanguage(forms, false) : undefined,
    windows: windowsLanguage(forms, false),
  });
}
