import type { BuilderUseDocument } from '../config/document.ts';
import type { EffectiveConfiguration, Scope } from '../config/effective.ts';
import { indexNamespaces } from '../config/namespaces.ts';
import type { ResolvedProfile } from '../config/profiles.ts';
import { globRegex, isGlob } from '../matching/glob.ts';
import { any, type Cel, regex, text, texts } from './cel.ts';

/** What holds in some of the namespaces that are enforced: one number for all that are judged alike. */
export interface NetScope {
  readonly number: number;
  readonly profile: ResolvedProfile;
  readonly builders: readonly BuilderUseDocument[];
}

/** Which namespaces are enforced, and by what. */
export interface NamespacePlan {
  readonly scopes: readonly NetScope[];
  /** The number of the scope of the request's namespace; -1 where nothing is enforced. */
  readonly scopeOf: Cel;
}

/** Plans the namespaces: the first entry that matches counts, as the webhook has it. */
export function planNamespaces(
  effective: EffectiveConfiguration,
  profileNamed: (name: string) => ResolvedProfile,
): NamespacePlan {
  const scopes: NetScope[] = [];
  const known = new Map<string, number>();
  const numberOf = ({ profile, mode }: Scope, builders: readonly BuilderUseDocument[]): number => {
    if (mode !== 'enforce') return -1;
    const key = JSON.stringify([profile, builders]);
    const number = known.get(key) ?? scopes.length;
    if (number === scopes.length) scopes.push({ number, profile: profileNamed(profile), builders });
    known.set(key, number);
    return number;
  };
  const entries = effective.namespaces.map(({ value }) => value);
  const numbers = entries.map((entry) => numberOf(entry, entry.builders));
  const otherwise = numberOf(effective.default, []);
  return { scopes, scopeOf: scopeExpression(entries, numbers, otherwise) };
}

/** Whether pods of the request's namespace are mutated: everywhere but where the mode is audit. */
export function isMutated(effective: EffectiveConfiguration): Cel {
  const entries = effective.namespaces.map(({ value }) => value);
  const numberOf = ({ mode }: Scope) => (mode === 'audit' ? -1 : 0);
  return `(${scopeExpression(entries, entries.map(numberOf), numberOf(effective.default))}) >= 0`;
}

/** Whether the request's namespace is one of these names and globs. */
export function isNamespaceIn(patterns: readonly string[]): Cel {
  const literals = patterns.filter((pattern) => !isGlob(pattern));
  return any([
    ...(literals.length === 0 ? [] : [`request.namespace in ${texts(literals)}`]),
    ...patterns.filter(isGlob).map((glob) => `request.namespace.matches(${regex(globRegex(glob))})`),
  ]);
}

function scopeExpression(
  entries: readonly { readonly match: readonly string[] }[],
  numbers: readonly number[],
  otherwise: number,
): Cel {
  const index = indexNamespaces(entries.map(({ match }) => match));
  const literals = new Set(entries.flatMap(({ match }) => match.filter((pattern) => !isGlob(pattern))));
  const chosen = [...literals].map((name) => [name, numbers[index.first(name) ?? -1] ?? otherwise] as const);
  const globs = entries.flatMap(({ match }, entry) => {
    const own = match.filter(isGlob);
    return own.length === 0 ? [] : [{ own, number: numbers[entry] ?? otherwise }];
  });
  const chain = globs.map(({ own, number }) => `${isNamespaceIn(own)} ? ${number} : `).join('') + String(otherwise);
  if (chosen.length === 0) return chain;
  const map = chosen.map(([name, number]) => `${text(name)}: ${number}`).join(', ');
  return `{${map}}[?request.namespace].orValue(${chain})`;
}
