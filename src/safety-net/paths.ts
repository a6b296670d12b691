import type { ResolvedProfile } from '../config/profiles.ts';
import { all, any, type Cel, text, textMap, type Variable } from './cel.ts';
import { cleaned, innerPath, isUnreadable, longest, reachesEngine, reachesNode, windowsPath } from './path-reach.ts';
import { eachContainer, finding, read, type View } from './view.ts';

/**
 * The hostPath volumes of a view, the mounts of them, and the paths that their sub-paths lead to.
 *
 * `volumes`: name, index, path as it was sent, cleaned path, what Windows reads, type and access; `subs`: a list for each
 * container.
 */
export function pathVariables(view: View): readonly Variable[] {
  const volumes = read(view, 'hostVolumes');
  const mine = `c.?volumeMounts.orValue([]).filter(m, m.name in ${read(view, 'hostNames')})`;
  const namesWhere = (condition: Cel) =>
    `${read(view, 'hostMounts')}.map(l, l.filter(m, ${condition}).map(m, string(m.name)))`;
  const hasSub = "m.?subPath.orValue('') != '' || m.?subPathExpr.orValue('') != ''";
  const below = `${volumes}.filter(w, w.name == m.name).map(w, ${pathOfSub()})[0]`;
  const expressions = {
    hostVolumes: `${view.object}.spec.?volumes.orValue([]).transformList(i, v, has(v.hostPath), ${pathOfVolume()})`,
    hostNames: `${volumes}.map(v, v.name)`,
    hostMounts: `size(${read(view, 'hostNames')}) == 0 ? [] : ${eachContainer(view, mine)}`,
    writable: namesWhere('!m.?readOnly.orValue(false)'),
    partly: namesWhere("m.?recursiveReadOnly.orValue('') != 'Enabled'"),
    paths: `${volumes}.map(v, ${withAccess(view)})`,
    subPaths: `${read(view, 'hostMounts')}.map(l, l.filter(m, ${hasSub}).map(m, ${below}))`,
    engineHits: `${read(view, 'paths')}.filter(p, ${reachesEngine('p')}).map(p, p.index)`,
    nodeHits: `${read(view, 'paths')}.filter(p, ${reachesNode('p')}).map(p, p.index)`,
  };
  return Object.entries(expressions).map(([name, expression]) => ({ name: `${name}${view.suffix}`, expression }));
}

/** Of the volume `v`, the `i`th. */
function pathOfVolume(): Cel {
  const sent = "v.?hostPath.?path.orValue('')";
  const type = "v.?hostPath.?type.orValue('')";
  const read = { path: cleaned(sent), win: windowsPath(sent), inner: innerPath(sent) };
  return textMap({ name: 'v.name', index: 'i', raw: sent, ...read, type });
}

/** Of a path `v` of a volume: the same with the access that all mounts of it give. */
function withAccess(view: View): Cel {
  const isIn = (list: string) => `${read(view, list)}.exists(l, v.name in l)`;
  const access = `(${isIn('writable')} ? 'rw' : ${isIn('partly')} ? 'ro' : 'rro')`;
  const same = ['name', 'index', 'raw', 'path', 'win', 'inner', 'type'].map((field) => [field, `v.${field}`] as const);
  return textMap({ ...Object.fromEntries(same), access });
}

/** Of the mount `m` with a sub-path, of the path `w` of a volume. */
function pathOfSub(): Cel {
  const joined = "(w.raw + (w.raw.endsWith('/') ? '' : '/') + m.?subPath.orValue('') + m.?subPathExpr.orValue(''))";
  const access = `(!m.?readOnly.orValue(false) ? 'rw' : m.?recursiveReadOnly.orValue('') == 'Enabled' ? 'rro' : 'ro')`;
  return textMap({
    name: 'w.name',
    index: 'w.index',
    raw: joined,
    path: cleaned(joined),
    win: windowsPath(joined),
    inner: innerPath(joined),
    type: "''",
    access,
  });
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
      sound: `(p.raw.startsWith('/') && size(p.raw) <= ${longest + 1} && !${isUnreadable('p')} && p.win == '' && p.inner == '' ? 'yes' : 'no')`,
    },
  });
  const volumes = `[${read(view, 'paths')}.filter(p, ${own('p')}).map(p, ${one})]`;
  if (below === undefined) return volumes;
  const isClean = `!${read(view, 'paths')}.exists(o, o.name == p.name && ${own('o')})`;
  return `${volumes} + ${read(view, 'subPaths')}.map(l, l.filter(p, ${below('p')} && ${isClean}).map(p, ${one}))`;
}

/** The setting of a check in a profile, as texts. */
export function siteSetting(profile: ResolvedProfile, check: string, setting: string): readonly string[] {
  const values = profile.checks.get(check)?.site[setting] ?? [];
  return values.filter((value) => typeof value === 'string');
}
