import { podsCondition, webhookRules } from '../admission/registration.ts';
import type { Check } from '../checks/check.ts';
import { checkById } from '../checks/registry.ts';
import { type ResolvedProfile, resolveProfiles } from '../config/profiles.ts';
import { any, type Cel, listsWhere, text, type Variable } from './cel.ts';
import { capabilityFindings, hostNamespaceFindings, privilegedFindings } from './container-findings.ts';
import { breakGlass, builderVariables, coversAny, exemptionVariable, type Inexpressible } from './exclusions.ts';
import { type FuseSite, fuseFindings, fuseVariables } from './fuse-findings.ts';
import { imageFindings, isOfRepositories } from './images.ts';
import { inOrder, messageOf } from './message.ts';
import { type NamespacePlan, type NetScope, planNamespaces } from './namespaces.ts';
import { type ApiObject, configAnnotations, type NetConfiguration, noMirror, notIn } from './objects.ts';
import {
  engineFindings,
  nodeFindings,
  pathVariables,
  reachesSite,
  type SitePlaces,
  siteSetting,
  unlistedFindings,
} from './paths.ts';
import { before, containerVariables, now, read, type View } from './view.ts';

/** The checks that the net holds; the others need the webhook. */
export const heldChecks = [
  'dangerous-capabilities',
  'dind-image',
  'engine-socket-mount',
  'fuse-contract',
  'host-ipc',
  'host-network',
  'host-path-protected',
  'host-path-unlisted',
  'host-pid',
  'privileged',
] as const;
export type HeldCheck = (typeof heldChecks)[number];

/** What the API server does about what the net finds. */
export type NetAction = 'Audit' | 'Warn' | 'Deny';

/** What a policy is made of. */
export interface NetOptions {
  readonly name: string;
  readonly action: NetAction;
  /** Namespaces of which nothing is judged: those that must come up by themselves. */
  readonly exceptNamespaces: readonly string[];
  /** Milliseconds since the epoch: what has ended before exempts nothing. */
  readonly clock: number;
}

/** The policies with their bindings, and what could not be said in CEL. */
export interface SafetyNet {
  readonly objects: readonly ApiObject[];
  readonly inexpressible: readonly Inexpressible[];
}

/** How a validation is sent back, and which annotations tell of a check that is only warned of. */
export const warnedAnnotation = 'pratique.dev/warns-only';

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

interface Parts {
  readonly source: NetConfiguration;
  readonly options: NetOptions;
  readonly plan: NamespacePlan;
  readonly complain: (problem: Inexpressible) => void;
}

type Profiles = ReturnType<typeof resolveProfiles>;

function profileNamed(name: string, profiles: Profiles): ResolvedProfile {
  const profile = profiles(name);
  if (profile === undefined) throw new Error(`There is no profile ${name}.`);
  return profile;
}

function isDenied(profile: ResolvedProfile, check: string): boolean {
  return profile.checks.get(check)?.action === 'deny';
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
  const name = `${base}-safety-net${isWarning ? '-warns' : ''}`;
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
      validationActions: action === 'Audit' ? ['Audit'] : [action, 'Audit'],
    },
  };
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

/** In the order in which they read each other. */
function netVariables(parts: Parts, judged: readonly HeldCheck[], told: readonly HeldCheck[]): readonly Variable[] {
  const { source, options, plan, complain } = parts;
  const site: FuseSite = { fuse: source.configuration.fuse, namespaces: source.effective.mountFuse.namespaces };
  const ordered = inOrder(judged.map(checkNamed)).map(({ id }) => id as HeldCheck);
  const builders = builderVariables(plan.scopes, { fuse: site.fuse, checks: judged, complain });
  const exemptions = source.effective.exemptions.flatMap(({ value }, index) => {
    return exemptionVariable(value, { index, checks: judged, complain, clock: options.clock }) ?? [];
  });
  const isBuilt = builders.map(({ name }) => `f.container in variables.${name}`);
  const isExempt = any([
    breakGlass([...source.configuration.breakGlassGroups]),
    ...exemptions.map(({ name }) => `variables.${name}`),
  ]);
  return [
    { name: 'scope', expression: plan.scopeOf },
    ...viewVariables(now, parts, ordered, site),
    ...viewVariables(before, parts, ordered, site),
    ...updateVariables(ordered),
    { name: 'added', expression: addedExpression(parts, judged) },
    ...builders,
    {
      name: 'left',
      expression: isBuilt.length === 0 ? 'variables.added' : `variables.added.map(l, l.filter(f, !${any(isBuilt)}))`,
    },
    ...exemptions,
    { name: 'exempt', expression: isExempt },
    {
      name: 'denied',
      expression: `variables.exempt ? [] : ${told.length < judged.length ? onlyThose(told) : 'variables.left'}`,
    },
  ];
}

function onlyThose(told: readonly string[]): Cel {
  return `variables.left.map(l, l.filter(f, f.check in [${told.map(text).join(', ')}]))`;
}

function viewVariables(view: View, parts: Parts, checks: readonly HeldCheck[], site: FuseSite): readonly Variable[] {
  return [
    ...containerVariables(view),
    ...pathVariables(view),
    ...fuseVariables(view, site),
    ...checks.map((check) => ({
      name: `${variableOf(check)}${view.suffix}`,
      expression: listsWhere(deniedIn(parts.plan.scopes, check), findingsOf(check, view, parts.plan.scopes, site)),
    })),
  ];
}

function variableOf(check: HeldCheck): string {
  return check.replace(/-[a-z]/g, (letter) => letter.charAt(1).toUpperCase());
}

/** Whether the scope of the request denies a check. */
function deniedIn(scopes: readonly NetScope[], check: HeldCheck): Cel {
  return inScopes(scopes, ({ profile }) => isDenied(profile, check));
}

function inScopes(scopes: readonly NetScope[], fits: (scope: NetScope) => boolean): Cel {
  const fit = scopes.filter(fits).map(({ number }) => number);
  if (fit.length === scopes.length) return 'true';
  return fit.length === 0 ? 'false' : `variables.scope in [${fit.join(', ')}]`;
}

function findingsOf(check: HeldCheck, view: View, scopes: readonly NetScope[], site: FuseSite): Cel {
  switch (check) {
    case 'privileged':
      return privilegedFindings(view);
    case 'host-pid':
      return hostNamespaceFindings(view, check, 'hostPID', 'the pod sees the processes of the node (hostPID)');
    case 'host-ipc':
      return hostNamespaceFindings(view, check, 'hostIPC', 'the pod shares the IPC namespace of the node (hostIPC)');
    case 'host-network':
      return hostNamespaceFindings(view, check, 'hostNetwork', 'the pod uses the network of the node (hostNetwork)');
    case 'dangerous-capabilities':
      return capabilityFindings(view);
    case 'dind-image':
      return imageFindings(view, (image) => siteImages(scopes, image));
    case 'engine-socket-mount':
      return engineFindings(view, sitePlaces(scopes, check));
    case 'host-path-protected':
      return nodeFindings(view, sitePlaces(scopes, check));
    case 'host-path-unlisted':
      return unlistedFindings(view);
    case 'fuse-contract':
      return fuseFindings(view, site);
  }
}

function siteImages(scopes: readonly NetScope[], image: Cel): Cel {
  return any(
    scopes.flatMap((scope) => {
      const patterns = siteSetting(scope.profile, 'dind-image', 'images');
      return patterns.length === 0 ? [] : [bothOf(scopes, scope, isOfRepositories(image, patterns))];
    }),
  );
}

function sitePlaces(scopes: readonly NetScope[], check: HeldCheck): SitePlaces {
  return (setting, p) =>
    any(
      scopes.flatMap((scope) => {
        const reached = reachesSite(siteSetting(scope.profile, check, setting), p);
        return reached === 'false' ? [] : [bothOf(scopes, scope, reached)];
      }),
    );
}

function bothOf(scopes: readonly NetScope[], scope: NetScope, condition: Cel): Cel {
  return scopes.length === 1 ? condition : `(variables.scope == ${scope.number} && ${condition})`;
}

/** The update rule: see admission/update.ts. */
function updateVariables(checks: readonly HeldCheck[]): readonly Variable[] {
  const isUpdate = "request.operation == 'UPDATE'";
  const images = ['mains', 'inits', 'debugs'].map(
    (list) => `${read(before, list)}.transformMapEntry(i, c, {c.name: c.?image.orValue('')})`,
  );
  const isKept = "variables.imagesOld.exists(o, c.name in o && o[c.name] == c.?image.orValue(''))";
  const lists = ['mains', 'inits', 'debugs'].map((list) => read(now, list));
  return [
    {
      name: 'known',
      expression: `${isUpdate} ? (${checks.map((check) => `variables.${variableOf(check)}Old`).join(' + ')}) : []`,
    },
    { name: 'imagesOld', expression: `[${images.join(', ')}]` },
    {
      name: 'kept',
      expression: `[${lists.map((list) => `${list}.filter(c, ${isKept}).map(c, string(c.name))`).join(', ')}]`,
    },
    { name: 'sameContainers', expression: lists.map((list) => `${list}.all(c, ${isKept})`).join(' && ') },
  ];
}

/** What the profile does not allow and an update did not find there already. */
function addedExpression({ plan, complain }: Parts, judged: readonly HeldCheck[]): Cel {
  const allowed = any(
    plan.scopes.flatMap((scope) => {
      const allow = Object.fromEntries(
        judged.flatMap((check) => {
          const allowance = scope.profile.checks.get(check)?.allow;
          return allowance === undefined ? [] : [[check, allowance] as const];
        }),
      );
      const cover = coversAny(allow, judged, complain);
      return cover === 'false' ? [] : [bothOf(plan.scopes, scope, cover)];
    }),
  );
  const sameAnnotation =
    "(!f.at.startsWith('metadata.annotations[') || variables.fuseRecorded.orValue('') == variables.fuseRecordedOld.orValue(''))";
  const isOld = `(request.operation == 'UPDATE' && variables.known.exists(o, f.same in o) && (f.container != '' ? variables.kept.exists(o, f.container in o) : variables.sameContainers && ${sameAnnotation}))`;
  const found = judged.map((check) => `variables.${variableOf(check)}`).join(' + ');
  return `(${found}).map(l, l.filter(f, !${any([allowed, isOld])}))`;
}

function checkNamed(id: string): Check {
  const check = checkById(id);
  if (check === undefined) throw new Error(`There is no check ${id}.`);
  return check;
}
