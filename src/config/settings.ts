import type { Check, Kinds, Parameter, Settings, Shape } from '../checks/check.ts';
import { checkById } from '../checks/registry.ts';
import { type AllowedPathEntry, compileAllowedPaths } from '../matching/allowed-paths.ts';
import type { Fuse } from '../matching/fuse.ts';
import { compileHostPaths } from '../matching/host-path-index.ts';
import { compileImagePatterns } from '../matching/image.ts';
import type { AllowanceDocument, AllowancesDocument, AllowedPathDocument, SettingDocument } from './document.ts';
import type { Allowances, Permits } from './policy.ts';

/** Settings as they are written, by name. */
export type SettingsDocument = Readonly<Record<string, SettingDocument>>;

/** Compiles the settings of a shape; what is not written is undefined, but for the fuse contract, which all share. */
export function compileSettings(shape: Shape, document: SettingsDocument, fuse: Fuse): Settings {
  const settings: Record<string, Kinds[keyof Kinds] | undefined> = {};
  for (const [name, { kind }] of Object.entries(shape)) {
    const setting = Object.hasOwn(document, name) ? document[name] : undefined;
    if (kind === 'fuse') settings[name] = fuse;
    else settings[name] = setting === undefined ? undefined : compilers[kind](setting);
  }
  return settings;
}

/** Compiles an allowance into a test of a finding; one that tells of a failed check is never tolerated. */
export function compileAllowance(check: Check, allowance: AllowanceDocument, fuse: Fuse): Permits {
  if (allowance === true) return (finding) => finding.failed !== true;
  const settings = compileSettings(check.allow, allowance, fuse);
  return (finding) => finding.failed !== true && check.permits(finding, settings);
}

/** Compiles allowances by check id. */
export function compileAllowances(document: AllowancesDocument, fuse: Fuse): Allowances {
  const allowances = new Map<string, Permits>();
  for (const [id, allowance] of Object.entries(document)) {
    const check = checkById(id);
    if (check !== undefined) allowances.set(id, compileAllowance(check, allowance, fuse));
  }
  return allowances;
}

/** An allowed path with nothing left out. */
export function allowedPath(document: AllowedPathDocument): AllowedPathEntry {
  if (typeof document === 'string') return { path: document, readOnly: false, tree: false, submounts: 'reject' };
  return {
    path: document.path,
    readOnly: document.readOnly ?? false,
    tree: document.tree ?? false,
    submounts: document.submounts ?? 'reject',
  };
}

/** Whether an allowance tolerates anything that another of the same check does not. */
export function isWiderAllowance(
  check: Check,
  allowance: AllowanceDocument | undefined,
  than: AllowanceDocument | undefined,
): boolean {
  if (allowance === undefined || than === true) return false;
  if (allowance === true) return true;
  return Object.entries(allowance).some(([name, setting]) => !isWithin(check.allow[name], setting, than?.[name] ?? []));
}

/** Whether each entry of a setting is in another, or is narrower than one there. */
export function isWithin(parameter: Parameter | undefined, inner: SettingDocument, outer: SettingDocument): boolean {
  if (parameter?.kind !== 'allowedPaths') {
    const known = new Set(outer);
    return inner.every((entry) => known.has(entry));
  }
  const others = outer.map(allowedPath);
  return inner.map(allowedPath).every((entry) => others.some((other) => isNarrower(entry, other)));
}

/** A setting in the one form that everything which means the same has. */
export function canonicalSetting(setting: SettingDocument, parameter: Parameter | undefined): readonly string[] {
  const words =
    parameter?.kind === 'allowedPaths'
      ? setting.map((entry) => JSON.stringify(Object.values(allowedPath(entry))))
      : setting.map((entry) => (typeof entry === 'string' ? entry : entry.path));
  return [...new Set(words)].sort();
}

const compilers: { readonly [K in Exclude<keyof Kinds, 'fuse'>]: (setting: SettingDocument) => Kinds[K] } = {
  allowedPaths: (setting) => compileAllowedPaths(setting.map(allowedPath)),
  hostPaths: (setting) => compileHostPaths(texts(setting)),
  names: (setting) => new Set(texts(setting)),
  images: (setting) => compileImagePatterns(texts(setting)),
};

function texts(setting: SettingDocument): readonly string[] {
  return setting.filter((entry) => typeof entry === 'string');
}

function isNarrower(entry: AllowedPathEntry, than: AllowedPathEntry): boolean {
  return (
    entry.path === than.path &&
    (entry.readOnly || !than.readOnly) &&
    (!entry.tree || than.tree) &&
    (entry.submounts === 'reject' || than.submounts === 'accept')
  );
}
