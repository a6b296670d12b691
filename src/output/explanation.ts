import type { Check, Kinds, Restriction, Severity, Shape } from '../checks/check.ts';
import { profileFile } from '../config/builtin.ts';
import type { BuiltInProfile } from '../config/builtin-names.ts';
import type { Action } from '../config/policy.ts';
import { type Equivalents, equivalents } from '../facts/equivalents.ts';
import type { Subject } from '../kubernetes/subject.ts';

/** What of a check's cases is shown to users. */
export interface Examples {
  /** YAML of what the check finds something in. */
  readonly before: string;
  /** YAML of what to write instead. */
  readonly after: string;
  /** YAML of the settings of the check without which it would find something in `after` too. */
  readonly given?: string;
  /** YAML of a configuration that has every setting of the check; absent where there is none to write. */
  readonly configuration?: string;
  /** In what the check finds something, in words. */
  readonly found: readonly string[];
  /** In what it finds nothing. */
  readonly clean: readonly string[];
}

/** A setting of a check. */
interface ExplainedSetting {
  /** As it is written in an entry of a profile: `allow.paths`. */
  readonly name: string;
  readonly kind: keyof Kinds;
  readonly description: string;
}

/** Everything that users are told of a check: pages and commands only write it. The order of keys is that of the JSON. */
export interface Explanation {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  /** What the built-in profiles do about a finding. */
  readonly actions: Readonly<Record<BuiltInProfile, Action>>;
  /** The kinds of object that it looks at. */
  readonly kinds: readonly string[];
  readonly restricts: readonly Restriction[];
  readonly why: string;
  readonly remedy: string;
  readonly gitlab?: string;
  readonly examples: Examples;
  readonly settings: readonly ExplainedSetting[];
  readonly equivalents: Equivalents;
}

/** The built-in profiles in the order in which one gets to know them. */
export const shownProfiles = ['dind', 'strict', 'baseline', 'restricted'] as const satisfies readonly BuiltInProfile[];

const kindsOf: Readonly<Record<Subject['kind'], readonly string[]>> = {
  pod: ['Pod'],
  persistentVolume: ['PersistentVolume'],
  storageClass: ['StorageClass'],
  runtimeClass: ['RuntimeClass'],
  resourceClaim: ['ResourceClaim', 'ResourceClaimTemplate'],
  service: ['Service'],
};

/** Gathers what is known of a check; throws when a built-in profile does not name it. */
export function explain(check: Check, examples: Examples): Explanation {
  const { id, title, severity, restricts, why, remedy, gitlab } = check;
  const kinds = (Object.keys(check.find) as Subject['kind'][]).flatMap((kind) => kindsOf[kind]);
  const actions = Object.fromEntries(shownProfiles.map((profile) => [profile, actionIn(profile, id)]));
  return {
    ...{ id, title, severity, actions: actions as Explanation['actions'], kinds, restricts, why, remedy },
    ...(gitlab === undefined ? {} : { gitlab }),
    examples,
    settings: [...settingsOf(check.site, ''), ...settingsOf(check.allow, 'allow.')],
    equivalents: equivalents[id] ?? {},
  };
}

function actionIn(profile: BuiltInProfile, id: string): Action {
  const entry = profileFile(profile).checks[id];
  if (entry === undefined) throw new Error(`The built-in profile ${profile} does not name the check ${id}.`);
  return typeof entry === 'string' ? entry : entry.action;
}

function settingsOf(shape: Shape, prefix: string): readonly ExplainedSetting[] {
  return Object.entries(shape).map(([name, { kind, description }]) => ({ name: prefix + name, kind, description }));
}
