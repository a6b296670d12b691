import type { SettingDocument } from '../config/document.ts';
import type { ResolvedProfile } from '../config/profiles.ts';
import { allowedPath } from '../config/settings.ts';
import { enginePlaces, engineSocketNames } from '../facts/host-paths.ts';
import { nodePlaces } from '../facts/node-paths.ts';
import type { AllowedPathEntry } from '../matching/allowed-paths.ts';
import { canonicalHostPath, type HostPathForm } from '../matching/host-path.ts';
import { linuxAliases } from '../matching/host-path-linux.ts';
import { looksLikeWindows, windowsShapes } from '../matching/host-path-windows.ts';
import { all, any, bound, type Cel, regex, text, textMap, texts, type Variable } from './cel.ts';
import { aliasBelow, aliasPattern, pathLanguage, rootLanguage, windowsLanguage } from './path-language.ts';
import { eachContainer, finding, read, type View } from './view.ts';

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
const longest = 4095;

/**
 * The hostPath volumes of a view, the mounts of them, and the paths that their sub-paths lead to.
 *
 * `volumes`: name, index, path as it was sent, cleaned path, type and access; `subs`: a list for each container.
 */
export function pathVariables(view: View): readonly Variable[] {
  const named = (name: string, expression: Cel) => ({ name: `${name}${view.suffix}`, expression });
  const own = "v.?hostPath.?path.orValue('')";
  const sent = textMap({
    name: 'v.name',
    index: 'i',
    raw: own,
    path: cleaned(own),
    win: windowsPath(own),
    type: "v.?hostPath.?type.orValue('')",
  });
  const volumes = `${view.object}.spec.?volumes.orValue([]).transformList(i, v, has(v.hostPath), ${sent})`;
  const names = `${read(view, 'hostVolumes')}.map(v, v.name)`;
  const mine = `c.?volumeMounts.orValue([]).filter(m, m.name in ${read(view, 'hostNames')})`;
  const namesWhere = (condition: Cel) =>
    `${read(view, 'hostMounts')}.map(l, l.filter(m, ${condition}).map(m, string(m.name)))`;
  const access = (name: Cel) => {
    const isIn = (list: string) => `${read(view, list)}.exists(l, ${name} in l)`;
    return `(${isIn('writable')} ? 'rw' : ${isIn('partly')} ? 'ro' : 'rro')`;
  };
  const same = { name: 'v.name', index: 'v.index', raw: 'v.raw', path: 'v.path', win: 'v.win', type: 'v.type' };
  const withAccess = textMap({ ...same, access: access('v.name') });
  const joined = "(w.raw + (w.raw.endsWith('/') ? '' : '/') + m.?subPath.orValue('') + m.?subPathExpr.orValue(''))";
  const mountAccess = `(!m.?readOnly.orValue(false) ? 'rw' : m.?recursiveReadOnly.orValue('') == 'Enabled' ? 'rro' : 'ro')`;
  const sub = textMap({
    name: 'w.name',
    index: 'w.index',
    raw: joined,
    path: cleaned(joined),
    win: windowsPath(joined),
    type: "''",
    access: mountAccess,
  });
  const hasSub = "m.?subPath.orValue('') != '' || m.?subPathExpr.orValue('') != ''";
  return [
    named('hostVolumes', volumes),
    named('hostNames', names),
    named('hostMounts', `size(${read(view, 'hostNames')}) == 0 ? [] : ${eachContainer(view, mine)}`),
    named('writable', namesWhere('!m.?readOnly.orValue(false)')),
    named('partly', namesWhere("m.?recursiveReadOnly.orValue('') != 'Enabled'")),
    named('paths', `${read(view, 'hostVolumes')}.map(v, ${withAccess})`),
    named(
      'subPaths',
      `${read(view, 'hostMounts')}.map(l, l.filter(m, ${hasSub}).map(m, ${read(view, 'hostVolumes')}.filter(w, w.name == m.name).map(w, ${sub})[0]))`,
    ),
    named('engineHits', `${read(view, 'paths')}.filter(p, ${reachesEngine('p')}).map(p, p.index)`),
    named('nodeHits', `${read(view, 'paths')}.filter(p, ${reachesNode('p')}).map(p, p.index)`),
  ];
}

/** A path without empty and `.` segments, from the root. */
function cleaned(path: Cel): Cel {
  return `'/' + ${path}.split('/').filter(s, s != '' && s != '.').join('/')`;
}

interface Languages {
  readonly linux: string | undefined;
  readonly windows: string | undefined;
}

/** Whether a path `p` reaches a place. */
function reaches(p: Cel, { linux, windows }: Languages): Cel {
  return any([
    ...(linux === undefined ? [] : [`${p}.path.matches(${regex(linux)})`]),
    ...(windows === undefined ? [] : [`(${p}.win != '' && ${p}.win.matches(${regex(windows)}))`]),
  ]);
}

function reachesEngine(p: Cel): Cel {
  const sockets = { linux: engineSockets, windows: windowsSockets };
  return any([reaches(p, { linux: engineLanguage, windows: engineWindows }), reaches(p, sockets)]);
}

function reachesNode(p: Cel): Cel {
  return any([isUnreadable(p), reaches(p, { linux: nodeLanguage, windows: nodeWindows })]);
}

/** A parent segment counts with what Windows takes no notice of. */
function isUnreadable(p: Cel): Cel {
  return any([
    `${p}.raw == ''`,
    `size(${p}.path) > ${longest}`,
    `${p}.raw.matches(${regex('\\p{Cc}')})`,
    `${p}.path.matches(${regex('/\\.\\.(?:/|$)')})`,
    `${p}.win.matches(${regex('/(?:\\.\\.| [ .]*\\.|\\.+ [ .]*\\.) *(?::[^/]*)?(?:/|$)')})`,
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

/**
 * A path as a Windows node may read it, in lower case and without empty and `.` segments: `/c:/…`, or `/@/…` in the
 * device namespace; empty where Windows cannot be meant. See matching/host-path-windows.ts.
 */
function windowsPath(sent: Cel): Cel {
  const segments = (of: Cel) => `${of}.split('/').filter(s, s != '' && s != '.').map(s, '/' + s).join('')`;
  const read = [
    `t.matches(${regex('^/{2,}[.?](?:/|$)|^/[?][?](?:/|$)')}) ? '/@' + ${segments('t')}`,
    `t.matches('^/?[a-z]:') ? ${segments("t.replace(':', ':/', 1)")}`,
    `t.matches('^/{2,}[^/]') ? '/@/unc' + ${segments('t')}`,
    `'/c:' + ${segments('t')}`,
  ].join(' : ');
  const lower = (of: Cel) => bound('t', `${of}.replace('\\\\', '/').lowerAscii()`, read);
  const behind = `'/' + w.substring(size(w.find(${regex(`^${rootLanguage()}/`)})))`;
  const byForm = bound('w', cleaned('x'), `w.matches(${regex(formShape)}) ? ${lower(`(${behind})`)} : ''`);
  return bound('x', sent, `x.contains('\\\\') || x.matches(${regex(rawShapes)}) ? ${lower('x')} : ${byForm}`);
}

/** The site's own places: whether a path reaches one, by the scopes that have any. */
export type SitePlaces = (setting: 'engineRoots' | 'paths', p: Cel) => Cel;

/** Sockets and state of engines. */
export function engineFindings(view: View, site: SitePlaces): Cel {
  const isIt = (p: Cel) =>
    any([`${p}.index in ${read(view, 'engineHits')}`, `${p}.type == 'Socket'`, site('engineRoots', p)]);
  const check = {
    check: 'engine-socket-mount',
    own: (p: Cel) => all([`!${isUnreadable(p)}`, isIt(p)]),
    below: (p: Cel) => all([`!${isUnreadable(p)}`, any([reachesEngine(p), site('engineRoots', p)])]),
  };
  return pathFindings(view, check, 'is, holds or lies inside of a place of a container engine');
}

/** Protected paths, and those that cannot be read. */
export function nodeFindings(view: View, site: SitePlaces): Cel {
  const check = {
    check: 'host-path-protected',
    own: (p: Cel) => any([`${p}.index in ${read(view, 'nodeHits')}`, site('paths', p)]),
    below: (p: Cel) => any([reachesNode(p), site('paths', p)]),
  };
  return pathFindings(view, check, 'is, holds or lies inside of a protected path of the node, or cannot be read');
}

/** Every other host path. */
export function unlistedFindings(view: View): Cel {
  const check = {
    check: 'host-path-unlisted',
    own: (p: Cel) =>
      `!(${p}.index in ${read(view, 'engineHits')}) && !(${p}.index in ${read(view, 'nodeHits')}) && ${p}.type != 'Socket'`,
  };
  return pathFindings(view, check, 'is not an allowed path of the node');
}

interface PathCheck {
  readonly check: string;
  /** Of a volume. */
  readonly own: (p: Cel) => Cel;
  /** Of a path that a sub-path leads to, where the volume itself has no finding. */
  readonly below?: (p: Cel) => Cel;
}

function pathFindings(view: View, { check, own, below }: PathCheck, what: string): Cel {
  const one = finding(view, {
    check,
    volume: 'p.name',
    value: "p.raw + ':' + p.access",
    at: "'spec.volumes[' + p.index + '].hostPath.path'",
    says: `'volume "' + p.name + '" mounts ' + p.raw + ${text(`, which ${what}`)}`,
    fields: {
      raw: 'p.raw',
      path: 'p.path',
      win: 'p.win',
      access: 'p.access',
      sound: `(p.raw.startsWith('/') && size(p.raw) <= ${longest + 1} && !${isUnreadable('p')} && p.win == '' ? 'yes' : 'no')`,
    },
  });
  const volumes = `[${read(view, 'paths')}.filter(p, ${own('p')}).map(p, ${one})]`;
  if (below === undefined) return volumes;
  const isClean = `!${read(view, 'paths')}.exists(o, o.name == p.name && ${own('o')})`;
  return `${volumes} + ${read(view, 'subPaths')}.map(l, l.filter(p, ${below('p')} && ${isClean}).map(p, ${one}))`;
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

/** The setting of a check in a profile, as texts. */
export function siteSetting(profile: ResolvedProfile, check: string, setting: string): readonly string[] {
  const values = profile.checks.get(check)?.site[setting] ?? [];
  return values.filter((value) => typeof value === 'string');
}

interface Cover {
  readonly cel: Cel;
  readonly problem: string | undefined;
}

/** Whether a finding `f` of a host path is tolerated; a problem where that cannot be said in CEL. */
export function pathsCover(setting: SettingDocument): Cover {
  const entries = setting.map(allowedPath);
  const covers = entries.map(entryCovers);
  const problem = covers.find((one) => one.problem !== undefined)?.problem;
  return { cel: any(covers.map(({ cel }) => cel)), problem };
}

function entryCovers(entry: AllowedPathEntry): Cover {
  const canonical = canonicalHostPath(entry.path);
  if (canonical.kind === 'unreadable' || (entry.tree && !entry.readOnly)) return { cel: 'false', problem: undefined };
  if (looksLikeWindows(entry.path)) return windowsCovers(entry, canonical.forms);
  const forms = canonical.forms.map(({ path }) => path).filter((path) => !looksLikeWindows(path));
  const access = accessSuffices(entry);
  const covered = forms.filter((form) => isWithin(form, forms, entry.tree));
  if (!entry.tree) return { cel: all(["f.sound == 'yes'", access, `f.path in ${texts(covered)}`]), problem: undefined };
  const trees = covered.map((form) => treeCovers(form, forms));
  const problem = trees.includes(undefined)
    ? `the tree ${entry.path} has other names of the node's root inside`
    : undefined;
  return { cel: all(["f.sound == 'yes'", access, any(trees.filter((one) => one !== undefined))]), problem };
}

/**
 * An entry that may be meant for Windows: what reads the same on both systems, but for dots and blanks at the end of a
 * name, streams and 8.3 names, in which no agent is written.
 */
function windowsCovers(entry: AllowedPathEntry, forms: readonly HostPathForm[]): Cover {
  const windows = forms.find(({ system }) => system === 'windows')?.path ?? '';
  const linux = forms.find(({ system }) => system === 'linux')?.path;
  if (entry.tree) return { cel: 'false', problem: `${entry.path} is a tree of Windows` };
  const written = windows.startsWith('//.') ? `/@${windows.slice(3)}` : `/${windows}`;
  const other = linux === undefined ? "f.raw.matches('^[A-Za-z]:')" : `f.path == ${text(linux)}`;
  return { cel: all([`f.win == ${text(written)}`, other, accessSuffices(entry)]), problem: undefined };
}

function accessSuffices({ readOnly, tree, submounts }: AllowedPathEntry): Cel {
  if (!readOnly) return 'true';
  return tree && submounts === 'reject' ? "f.access == 'rro'" : "f.access != 'rw'";
}

/** Whether every name of a form of an entry is a form of it, or for a tree below one. */
function isWithin(form: string, forms: readonly string[], tree: boolean): boolean {
  const canonical = canonicalHostPath(form);
  if (canonical.kind === 'unreadable') return false;
  return canonical.forms.every(({ path }) => forms.some((one) => path === one || (tree && isBelow(path, one))));
}

function isBelow(path: string, above: string): boolean {
  return above === '/' ? path.startsWith('/') : path.startsWith(`${above}/`);
}

/** A path at or below a form, unless an alias begins further below: where that one leads is outside. */
function treeCovers(form: string, forms: readonly string[]): Cel | undefined {
  const below = linuxAliases.filter(({ from }) => aliasBelow(from, form));
  if (below.some(({ to }) => forms.some((one) => to === one || isBelow(to, one)))) return undefined;
  const inside = form === '/' ? 'true' : `(f.path == ${text(form)} || f.path.startsWith(${text(`${form}/`)}))`;
  return all([inside, ...below.map(({ from }) => `!f.path.matches(${regex(`^${aliasPattern(from)}(?:/|$)`)})`)]);
}
