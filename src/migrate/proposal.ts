import type { CheckDocument, ConfigurationDocument, ExemptionDocument, ProfileDocument } from '../config/document.ts';
import { apiVersion } from '../config/document.ts';
import type { Action } from '../config/policy.ts';
import { compileGlob, isGlob } from '../matching/glob.ts';
import { entryOf, entryWith } from './ours.ts';
import type { KyvernoAction } from './rules.ts';
import type { Study } from './study.ts';

/** The profile of every namespace. */
const profileName = 'kyverno';
/** A namespace that only a person can name; no configuration with it is valid. */
export const unknownNamespace = 'FILL-IN-THE-NAMESPACE';

const strength: Readonly<Record<Action, number>> = { ignore: 0, audit: 1, warn: 2, deny: 3 };
const actionOf: Readonly<Record<KyvernoAction, 'deny' | 'warn' | 'audit'>> = {
  enforce: 'deny',
  warn: 'warn',
  audit: 'audit',
};

type Covered = Pick<Study, 'rule' | 'checks' | 'allow'>;

/** A configuration that does what the rules do which checks cover. */
export interface Proposal {
  readonly document: ConfigurationDocument;
  /** What a person has to fill in or to decide. */
  readonly toFillIn: readonly string[];
}

/** Writes the configuration that goes with what was learned. */
export function proposed(
  studies: readonly Covered[],
  mountFuse: ConfigurationDocument['mountFuse'],
  exemptions: readonly ExemptionDocument[],
): Proposal {
  const covered = studies.filter(({ checks }) => checks.length > 0);
  const general = covered.filter(({ rule }) => namespacesOf(rule.scope) === undefined);
  const base = checksOf(general);
  const hasBase = Object.keys(base).length > 0;
  const special = groupsOf(covered, base, hasBase ? profileName : 'dind');
  const profiles: Record<string, ProfileDocument> = {
    ...(hasBase ? { [profileName]: { extends: 'dind', checks: base } } : {}),
    ...Object.fromEntries(special.map(({ name, profile }) => [name, profile])),
  };
  const isOnlyAudit = covered.length > 0 && covered.every(({ rule }) => rule.action !== 'enforce');
  const audited = excludedByAll(covered);
  const namespaces = [
    { match: ['kube-system', ...audited.filter((name) => name !== 'kube-system')], mode: 'audit' as const },
    ...special.map(({ name, match }) => ({ match, profile: name })),
  ];
  const document: ConfigurationDocument = {
    apiVersion,
    kind: 'PratiqueConfiguration',
    ...(Object.keys(profiles).length > 0 ? { profiles } : {}),
    ...(namespaces.length > 1 || audited.length > 0 ? { namespaces } : {}),
    ...(hasBase || isOnlyAudit
      ? {
          default: {
            profile: hasBase ? profileName : 'dind',
            mode: isOnlyAudit ? ('audit' as const) : ('enforce' as const),
          },
        }
      : {}),
    ...(mountFuse === undefined ? {} : { mountFuse }),
    ...(exemptions.length > 0 ? { exemptions } : {}),
  };
  return { document, toFillIn: [...missing(special, covered), ...exemptions.flatMap(missingIn)] };
}

/** The namespaces that a rule holds in; undefined: in all. Those that labels choose cannot be named here. */
function namespacesOf({ namespaces, selectsNamespaces }: Study['rule']['scope']): readonly string[] | undefined {
  if (namespaces !== undefined) return namespaces.map((pattern) => pattern.replaceAll('?', '*'));
  return selectsNamespaces ? [unknownNamespace] : undefined;
}

/** The entries of a profile beyond what profile dind does: of several rules the strongest action counts. */
export function checksOf(covered: readonly Covered[]): Readonly<Record<string, CheckDocument>> {
  const wanted = new Map<
    string,
    { readonly action: 'deny' | 'warn' | 'audit'; readonly allow: Covered['allow'][string] | undefined }
  >();
  for (const { rule, checks, allow } of covered) {
    for (const check of checks) {
      const action = actionOf[rule.action];
      const before = wanted.get(check);
      if (before === undefined || strength[action] > strength[before.action])
        wanted.set(check, { action, allow: allow[check] });
    }
  }
  const entries = [...wanted].filter(([check, { action, allow }]) => {
    return allow !== undefined || strength[action] > strength[entryOf(check).action];
  });
  return Object.fromEntries(
    entries
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([check, { action, allow }]) => [check, entryWith(check, action, allow)]),
  );
}

interface Group {
  readonly name: string;
  readonly match: readonly string[];
  readonly profile: ProfileDocument;
}

/** Namespaces for which the same rules hold share a profile; names stand before globs, since the first that fits counts. */
function groupsOf(
  covered: readonly Covered[],
  base: Readonly<Record<string, CheckDocument>>,
  parent: string,
): readonly Group[] {
  const special = covered.filter(({ rule }) => namespacesOf(rule.scope) !== undefined);
  const patterns = [...new Set(special.flatMap(({ rule }) => namespacesOf(rule.scope) ?? []))];
  const ordered = patterns.toSorted((a, b) => Number(isGlob(a)) - Number(isGlob(b)) || b.length - a.length);
  const groups = new Map<
    string,
    { readonly match: string[]; readonly checks: Readonly<Record<string, CheckDocument>> }
  >();
  for (const pattern of ordered) {
    const holds = special.filter(({ rule }) => (namespacesOf(rule.scope) ?? []).some((one) => fits(one, pattern)));
    const checks = Object.fromEntries(
      Object.entries(checksOf(holds)).filter(
        ([check, entry]) => strength[actionIn(entry)] > strength[actionIn(base[check])],
      ),
    );
    if (Object.keys(checks).length === 0) continue;
    const key = JSON.stringify(checks);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { match: [pattern], checks });
    else known.match.push(pattern);
  }
  return [...groups.values()].map(({ match, checks }, index) => {
    return { name: `${profileName}-${index + 1}`, match, profile: { extends: parent, checks } };
  });
}

function fits(glob: string, name: string): boolean {
  return glob === name || compileGlob(glob)(name);
}

function actionIn(entry: CheckDocument | undefined): Action {
  return entry === undefined ? 'ignore' : typeof entry === 'string' ? entry : entry.action;
}

/** Namespaces that every rule leaves out are only recorded; a glob would weaken what nobody has thought of. */
function excludedByAll(covered: readonly Covered[]): readonly string[] {
  const lists = covered.map(({ rule }) => new Set(rule.scope.excludedNamespaces));
  const [first = new Set<string>(), ...others] = lists;
  return [...first].filter((name) => !/[*?]/.test(name) && others.every((list) => list.has(name)));
}

function missing(groups: readonly Group[], covered: readonly Covered[]): readonly string[] {
  const selected = covered.filter(({ rule }) => namespacesOf(rule.scope)?.includes(unknownNamespace) === true);
  const isWritten = groups.some(({ match }) => match.includes(unknownNamespace));
  if (!isWritten) return [];
  const names = selected.map(({ rule }) => `${rule.policy}/${rule.name}`).join(', ');
  return [`namespaces: the ones that ${names} chooses by their labels, in place of ${unknownNamespace}`];
}

function missingIn({ name, namespaces, acceptGlob }: ExemptionDocument): readonly string[] {
  const globs = namespaces.filter(isGlob);
  return [
    `exemption ${name}: owner, and the last day that it holds (expires)`,
    ...(namespaces.includes(unknownNamespace) ? [`exemption ${name}: the namespaces that it holds in`] : []),
    ...(globs.length > 0 && acceptGlob !== true
      ? [`exemption ${name}: the namespaces that ${globs.join(', ')} stands for`]
      : []),
  ];
}
