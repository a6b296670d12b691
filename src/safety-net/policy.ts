import { podsCondition, webhookRules } from '../admission/registration.ts';
import { type ResolvedProfile, resolveProfiles } from '../config/profiles.ts';
import { text } from './cel.ts';
import type { Inexpressible } from './exclusions.ts';
import { checkNamed, type HeldCheck, heldChecks, isDenied } from './held.ts';
import { messageOf } from './message.ts';
import { type NetScope, planNamespaces } from './namespaces.ts';
import { type NetAction, type NetOptions, netVariables, type Parts } from './net-variables.ts';
import { type ApiObject, configAnnotations, type NetConfiguration, noMirror, notIn } from './objects.ts';

/** The policies with their bindings, and what could not be said in CEL. */
export interface SafetyNet {
  readonly objects: readonly ApiObject[];
  readonly inexpressible: readonly Inexpressible[];
}

/** The annotation that names the checks of which a policy only warns. */
export const warnedAnnotation = 'pratique.dev/warns-only';

/** The names of the policies that there can be: of the one that holds, and of the one that only warns. */
export function netNames(base: string): readonly [holding: string, warning: string] {
  return [`${base}-safety-net`, `${base}-safety-net-warns`];
}

/** Makes the ValidatingAdmissionPolicies of a configuration. */
export function safetyNet(source: NetConfiguration, options: NetOptions): SafetyNet {
  const { effective } = source;
  const profiles = resolveProfiles(effective);
  const plan = planNamespaces(effective, (name) => profileNamed(name, profiles));
  const used = heldChecks.filter((id) => plan.scopes.some(({ profile }) => isDenied(profile, id)));
  const inexpressible: Inexpressible[] = [];
  const complain = (problem: Inexpressible) => {
    const isKnown = inexpressible.some(({ check, reason }) => check === problem.check && reason === problem.reason);
    if (!isKnown) inexpressible.push(problem);
  };
  const parts: Parts = { source, options, plan, complain };
  // What cannot be said comes out when the variables are made for the first time.
  netVariables(parts, used, used);
  const warned = used.filter((id) => inexpressible.some(({ check }) => check === id));
  const held = used.filter((id) => !warned.includes(id));
  const objects = [
    ...(held.length === 0 ? [] : policyWithBinding(parts, { judged: held, told: held, isWarning: false })),
    ...(warned.length === 0 ? [] : policyWithBinding(parts, { judged: used, told: warned, isWarning: true })),
  ];
  return { objects, inexpressible };
}

type Profiles = ReturnType<typeof resolveProfiles>;

function profileNamed(name: string, profiles: Profiles): ResolvedProfile {
  const profile = profiles(name);
  if (profile === undefined) throw new Error(`There is no profile ${name}.`);
  return profile;
}

/** The checks that one policy judges, and those of which it tells. */
interface Share {
  readonly judged: readonly HeldCheck[];
  readonly told: readonly HeldCheck[];
  /** Something of them cannot be said in CEL, so that they never deny. */
  readonly isWarning: boolean;
}

function policyWithBinding(parts: Parts, { judged, told, isWarning }: Share): readonly ApiObject[] {
  const { name: base, action, exceptNamespaces } = parts.options;
  const [holding, warning] = netNames(base);
  const name = isWarning ? warning : holding;
  const checks = told.map(checkNamed);
  const annotations = isWarning ? { [warnedAnnotation]: told.join(', ') } : {};
  const metadata = { name, annotations: { ...annotations, ...configAnnotations(parts.source) } };
  const policy = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata,
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        matchPolicy: 'Equivalent',
        namespaceSelector: notIn(exceptNamespaces),
        resourceRules: webhookRules.pods,
      },
      matchConditions: matchConditions(parts),
      variables: netVariables(parts, judged, told),
      validations: [
        {
          expression: 'variables.denied.all(l, size(l) == 0)',
          messageExpression: messageOf(checks),
          message: `The pod has what Pratique denies (${told.join(', ')}); the message is too long or cannot be shown.`,
          reason: reasonOf(parts.plan.scopes),
        },
      ],
    },
  };
  return [policy, bindingOf(metadata, isWarning && action === 'Deny' ? 'Warn' : action)];
}

function bindingOf(metadata: { readonly name: string; readonly annotations: object }, action: NetAction): ApiObject {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata,
    spec: {
      policyName: metadata.name,
      validationActions: validationActions(action),
    },
  };
}

/** What a binding does for an action: the audit log always tells. */
export function validationActions(action: NetAction): readonly NetAction[] {
  return action === 'Audit' ? ['Audit'] : [action, 'Audit'];
}

function reasonOf(scopes: readonly NetScope[]): string {
  return scopes.every(({ profile }) => profile.denialStatus === 422) ? 'Invalid' : 'Forbidden';
}

function matchConditions({ source, plan }: Parts): readonly ApiObject[] {
  const { fuse, annotationsRead } = source.configuration;
  return [
    { name: 'namespace-is-enforced', expression: `(${plan.scopeOf}) >= 0` },
    {
      name: 'changes-something-judged',
      expression: podsCondition({ key: text(fuse.label.key), annotationsRead, siteAnnotations: '' }),
    },
    noMirror,
  ];
}
