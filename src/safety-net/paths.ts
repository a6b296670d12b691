import type { SettingDocument } from '../config/document.ts';
import type { ResolvedProfile } from '../config/profiles.ts';
import { allowedPath } from '../config/settings.ts';
import { enginePlaces, engineSocketNames } from '../facts/host-paths.ts';
import { nodePlaces } from '../facts/node-paths.ts';
import type { AllowedPathEntry } from '../matching/allowed-paths.ts';
import { canonicalHostPath } from '../matching/host-path.ts';
import { linuxAliases } from '../matching/host-path-linux.ts';
import { looksLikeWindows, windowsShapes } from '../matching/host-path-windows.ts';
import { all, any, type Cel, regex, text, textMap, texts, type Variable } from './cel.ts';
import { aliasBelow, aliasPattern, pathLanguage, rootLanguage } from './path-language.ts';
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
  const same = { name: 'v.name', index: 'v.index', raw: 'v.raw', path: 'v.path', type: 'v.type' };
  const withAccess = textMap({ ...same, access: access('v.name') });
  const joined = "(w.raw + (w.raw.endsWith('/') ? '' : '/') + m.?subPath.orValue('') + m.?subPathExpr.orValue(''))";
  const mountAccess = `(!m.?readOnly.orValue(false) ? 'rw' : m.?recursiveReadOnly.orValue('') == 'Enabled' ? 'rro' : 'ro')`;
  const sub = textMap({
    name: 'w.name',
    index: 'w.index',
    raw: joined,
    path: cleaned(joined),
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
    named('engineHits', `${read(view, 'paths')}.filter(p, ${reaches('p.path', engineLanguage, true)}).map(p, p.index)`),
    named('nodeHits', `${read(view, 'paths')}.filter(p, ${reachesNode('p')}).map(p, p.index)`),
  ];
}

/** A path without empty and `.` segments, from the root. */
function cleaned(path: Cel): Cel {
  return `'/' + ${path}.split('/').filter(s, s != '' && s != '.').join('/')`;
}

function reaches(path: Cel, language: string, sockets: boolean): Cel {
  return any([`${path}.matches(${regex(language)})`, ...(sockets ? [`${path}.matches(${regex(engineSockets)})`] : [])]);
}

function isUnreadable(p: Cel): Cel {
  return `(${p}.raw == '' || size(${p}.path) > ${longest} || ${p}.raw.matches('\\\\p{Cc}') || ${p}.path.matches('/\\\\.\\\\.(?:/|$)'))`;
}

const windowsTail = `(?:[a-z]:|${windowsShapes.systemFolder.source.replace(/^\^\\\//, '').replaceAll('\\/', '/')})`;
const windowsRaw = `(?i)${windowsShapes.device.source}|${windowsShapes.ownShare.source}`.replaceAll('\\/', '/');

/** Whether a Windows node may be meant: such a path is not read, and counts as protected. */
function looksWindows(p: Cel): Cel {
  const byForm = `^${rootLanguage()}/(?i:${windowsTail})`;
  return `(${p}.raw.contains('\\\\') || ${p}.raw.matches(${regex(windowsRaw)}) || ${p}.path.matches(${regex(byForm)}))`;
}

function reachesNode(p: Cel): Cel {
  return any([isUnreadable(p), reaches(`${p}.path`, nodeLanguage, false), looksWindows(p)]);
}

/** The site's own places: whether a path reaches one, by the scopes that have any. */
export type SitePlaces = (setting: 'engineRoots' | 'paths', path: Cel) => Cel;

/** Sockets and state of engines. */
export function engineFindings(view: View, site: SitePlaces): Cel {
  const isIt = (p: Cel) =>
    `(${p}.index in ${read(view, 'engineHits')} || ${p}.type == 'Socket' || ${site('engineRoots', `${p}.path`)})`;
  const own = `(!${isUnreadable('p')} && ${isIt('p')})`;
  const below = `(!${isUnreadable('p')} && (${reaches('p.path', engineLanguage, true)} || ${site('engineRoots', 'p.path')}))`;
  return pathFindings(
    view,
    { check: 'engine-socket-mount', own, below },
    'is, holds or lies inside of a place of a container engine',
  );
}

/** Protected paths, and those that cannot be read. */
export function nodeFindings(view: View, site: SitePlaces): Cel {
  const own = `(p.index in ${read(view, 'nodeHits')} || ${site('paths', 'p.path')})`;
  const below = any([reachesNode('p'), site('paths', 'p.path')]);
  return pathFindings(
    view,
    { check: 'host-path-protected', own, below },
    'is, holds or lies inside of a protected path of the node, or cannot be read',
  );
}

/** Every other host path. */
export function unlistedFindings(view: View): Cel {
  const own = `!(p.index in ${read(view, 'engineHits')}) && !(p.index in ${read(view, 'nodeHits')}) && p.type != 'Socket'`;
  return pathFindings(view, { check: 'host-path-unlisted', own, below: 'false' }, 'is not an allowed path of the node');
}

interface PathCheck {
  readonly check: string;
  /** Of a volume. */
  readonly own: Cel;
  /** Of a path that a sub-path leads to, where the volume itself has no finding. */
  readonly below: Cel;
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
      access: 'p.access',
      sound: `(p.raw.startsWith('/') && size(p.raw) <= ${longest + 1} && !${isUnreadable('p')} && !${looksWindows('p')} ? 'yes' : 'no')`,
    },
  });
  const volumes = `[${read(view, 'paths')}.filter(p, ${own}).map(p, ${one})]`;
  if (below === 'false') return volumes;
  const isClean = `!${read(view, 'paths')}.exists(o, o.name == p.name && ${own.replaceAll(/\bp\./g, 'o.')})`;
  return `${volumes} + ${read(view, 'subPaths')}.map(l, l.filter(p, ${below} && ${isClean}).map(p, ${one}))`;
}

/** A regular expression of the site's own places: each counts under all its names, and `*` is literal. */
export function siteLanguage(paths: readonly string[]): string | undefined {
  const forms = paths.flatMap((path) => {
    const canonical = canonicalHostPath(path);
    return canonical.kind === 'unreadable' ? [] : canonical.forms.map((form) => form.path);
  });
  const linux = forms.filter((form) => form.startsWith('/') && !form.startsWith('//'));
  return linux.length === 0 ? undefined : pathLanguage(linux, false);
}

/** The setting of a check in a profile, as texts. */
export function siteSetting(profile: ResolvedProfile, check: string, setting: string): readonly string[] {
  const values = profile.checks.get(check)?.site[setting] ?? [];
  return values.filter((value) => typeof value === 'string');
}

/** Whether a finding `f` of a host path is tolerated; a problem where that cannot be said in CEL. */
export function pathsCover(setting: SettingDocument): { readonly cel: Cel; readonly problem: string | undefined } {
  const entries = setting.map(allowedPath);
  const covers = entries.map(entryCovers);
  const problem = covers.find((one) => one.problem !== undefined)?.problem;
  return { cel: any(covers.map(({ cel }) => cel)), problem };
}

function entryCovers(entry: AllowedPathEntry): { readonly cel: Cel; readonly problem: string | undefined } {
  const canonical = canonicalHostPath(entry.path);
  if (canonical.kind === 'unreadable' || (entry.tree && !entry.readOnly)) return { cel: 'false', problem: undefined };
  if (looksLikeWindows(entry.path)) return windowsCovers(entry);
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

/** Only the spelling of the entry itself: the net does not read paths of Windows. */
function windowsCovers({ path, readOnly, tree }: AllowedPathEntry): {
  readonly cel: Cel;
  readonly problem: string | undefined;
} {
  if (tree) return { cel: 'false', problem: `the tree ${path} is one of Windows` };
  return { cel: all([`f.raw == ${text(path)}`, ...(readOnly ? ["f.access != 'rw'"] : [])]), problem: undefined };
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
