import type { SettingDocument } from '../config/document.ts';
import { allowedPath } from '../config/settings.ts';
import type { AllowedPathEntry } from '../matching/allowed-paths.ts';
import { canonicalHostPath, type HostPathForm } from '../matching/host-path.ts';
import { linuxAliases } from '../matching/host-path-linux.ts';
import { looksLikeWindows } from '../matching/host-path-windows.ts';
import { all, any, type Cel, regex, text, texts } from './cel.ts';
import { aliasBelow, aliasPattern } from './path-language.ts';

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
