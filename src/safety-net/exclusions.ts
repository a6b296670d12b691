import { looksAtContainers } from '../config/builders.ts';
import { builderFile } from '../config/builtin.ts';
import type {
  AllowanceDocument,
  AllowancesDocument,
  BuilderConditions,
  ExemptionDocument,
} from '../config/document.ts';
import { endOf } from '../config/names.ts';
import type { Fuse } from '../matching/fuse.ts';
import { globRegex } from '../matching/glob.ts';
import { all, any, type Cel, regex, text, texts, type Variable } from './cel.ts';
import { capabilityNames } from './container-findings.ts';
import { acceptsSandbox } from './fuse-findings.ts';
import { isOfRepositories } from './images.ts';
import { isNamespaceIn, type NetScope } from './namespaces.ts';
import { pathsCover } from './path-allowances.ts';
import { everyContainer, now } from './view.ts';

/** Something that a configuration tolerates and CEL cannot say. */
export interface Inexpressible {
  readonly check: string;
  readonly reason: string;
}

/** Collects what cannot be said; the policy's maker turns those checks to Warn. */
export type Complain = (problem: Inexpressible) => void;

/** Whether a finding `f` of one check is tolerated by an allowance. */
function covers(check: string, allowance: AllowanceDocument | undefined, complain: Complain): Cel {
  if (allowance === undefined) return 'false';
  if (allowance === true) return 'true';
  return any(
    Object.entries(allowance).map(([setting, value]) => {
      const names = value.filter((entry) => typeof entry === 'string');
      if (setting === 'capabilities') return `f.value in ${texts(capabilityNames(names))}`;
      if (setting === 'images') return isOfRepositories('f.value', names);
      if (setting === 'paths') {
        const { cel, problem } = pathsCover(value);
        if (problem !== undefined) complain({ check, reason: problem });
        return cel;
      }
      complain({ check, reason: `the setting ${setting} is unknown to the safety net` });
      return 'false';
    }),
  );
}

/** Whether a finding `f` of any of the checks is tolerated by allowances. */
export function coversAny(allow: AllowancesDocument, checks: readonly string[], complain: Complain): Cel {
  const whole = checks.filter((check) => allow[check] === true);
  const parts = checks.filter((check) => allow[check] !== undefined && allow[check] !== true);
  return any([
    ...(whole.length === 0 ? [] : [`f.check in ${texts(whole)}`]),
    ...parts.map((check) => all([`f.check == ${text(check)}`, covers(check, allow[check], complain)])),
  ]);
}

/** The containers that a builder profile covers, in a scope. */
export function builderVariables(
  scopes: readonly NetScope[],
  { fuse, checks, complain }: { readonly fuse: Fuse; readonly checks: readonly string[]; readonly complain: Complain },
): readonly Variable[] {
  return scopes.flatMap(({ number, builders }) =>
    builders.flatMap(({ profile, containers }, index) => {
      const { conditions, allow } = builderFile(profile);
      // Conditions of containers, and what is allowed outside of some classes, are not said in CEL: the net is the stricter
      // of the two. No built-in profile that has any of it allows what the net holds, and a test keeps it so.
      if (looksAtContainers(conditions)) return [];
      const cover = coversAny(allow, checks, complain);
      if (cover === 'false') return [];
      const isMet = all([`variables.scope == ${number}`, ...conditionsOf(conditions, fuse)]);
      const isCovered = `variables.added.all(l, l.all(f, f.container != n || ${cover}))`;
      return [
        {
          name: `builder${number}x${index}`,
          expression: `${isMet} ? ${texts(containers)}.filter(n, ${isCovered}) : []`,
        },
      ];
    }),
  );
}

function conditionsOf(conditions: BuilderConditions, fuse: Fuse): readonly Cel[] {
  const { sandbox, runtimeClassNames, exceptRuntimeClassNames = [], hostUsers, hostPath } = conditions;
  const runtimeClass = "object.spec.?runtimeClassName.orValue('')";
  const accepted = [fuse.runtimeClassName, ...fuse.acceptedRuntimeClassNames];
  return [
    ...(sandbox === true ? [acceptsSandbox('object', fuse)] : []),
    ...(runtimeClassNames === undefined
      ? []
      : [`${runtimeClass} in ${texts(runtimeClassNames === 'sandbox' ? accepted : runtimeClassNames)}`]),
    ...exceptRuntimeClassNames.map((glob) => `!${runtimeClass}.matches(${regex(globRegex(glob))})`),
    ...(hostUsers === false ? ['!object.spec.?hostUsers.orValue(true)'] : []),
    ...(hostPath === 'none' ? ['size(variables.hostNames) == 0'] : []),
  ];
}

/**
 * Whether an exemption covers all that is left. Of one that has ended, whose end is before `clock` (milliseconds since
 * the epoch), nothing is written.
 *
 * CEL has no clock; a pod that is created carries the time at which the API server did it, which nobody else can write.
 * An update carries none that is sure, so that an exemption holds there until the policies are made anew.
 */
export function exemptionVariable(
  exemption: ExemptionDocument,
  {
    index,
    checks,
    complain,
    clock,
  }: {
    readonly index: number;
    readonly checks: readonly string[];
    readonly complain: Complain;
    readonly clock: number;
  },
): Variable | undefined {
  const end = endOf(exemption.expires) ?? 0;
  const cover = coversAny(exemption.allow, checks, complain);
  if (end < clock || cover === 'false') return undefined;
  const { namespaces, serviceAccounts, users, groups, images } = exemption;
  const account =
    "[string(object.spec.?serviceAccountName.orValue('')), string(object.spec.?serviceAccount.orValue('')), 'default'].filter(a, a != '')[0]";
  const expression = all([
    isNamespaceIn(namespaces),
    ...(serviceAccounts === undefined ? [] : [`${account} in ${texts(serviceAccounts)}`]),
    ...(users === undefined ? [] : [`request.userInfo.username in ${texts(users)}`]),
    ...(groups === undefined ? [] : [`request.userInfo.?groups.orValue([]).exists(g, g in ${texts(groups)})`]),
    ...(Number.isFinite(end) ? [isBefore(end)] : []),
    ...(images === undefined ? [] : [everyContainer(now, isOfRepositories("c.?image.orValue('')", images))]),
    `variables.left.all(l, l.all(f, ${cover}))`,
  ]);
  return { name: `exemption${index}`, expression };
}

function isBefore(end: number): Cel {
  const last = new Date(end).toISOString();
  return `(request.operation != 'CREATE' || timestamp(object.metadata.creationTimestamp) <= timestamp('${last}'))`;
}

/** Whether break-glass covers the request: see validate.ts. */
export function breakGlass(groups: readonly string[]): Cel {
  if (groups.length === 0) return 'false';
  return all([
    `request.userInfo.?groups.orValue([]).exists(g, g in ${texts(groups)})`,
    any([
      "request.?subResource.orValue('') == 'ephemeralcontainers'",
      "(request.operation == 'CREATE' && request.?subResource.orValue('') == '' && size(object.metadata.?ownerReferences.orValue([])) == 0)",
    ]),
  ]);
}
