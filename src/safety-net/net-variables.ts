import { any, type Cel, listsWhere, text, type Variable } from './cel.ts';
import { capabilityFindings, hostNamespaceFindings, privilegedFindings } from './container-findings.ts';
import { breakGlass, builderVariables, coversAny, exemptionVariable, type Inexpressible } from './exclusions.ts';
import { type FuseSite, fuseFindings, fuseVariables } from './fuse-findings.ts';
import { checkNamed, type HeldCheck, isDenied } from './held.ts';
import { imageFindings, isOfRepositories } from './images.ts';
import { inOrder } from './message.ts';
import type { NamespacePlan, NetScope } from './namespaces.ts';
import type { NetConfiguration } from './objects.ts';
import { reachesSite } from './path-reach.ts';
import {
  engineFindings,
  nodeFindings,
  pathVariables,
  type SitePlaces,
  siteSetting,
  unlistedFindings,
} from './paths.ts';
import { before, containerVariables, now, read, type View } from './view.ts';

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

/** What the variables of a policy are made of. */
export interface Parts {
  readonly source: NetConfiguration;
  readonly options: NetOptions;
  readonly plan: NamespacePlan;
  readonly complain: (problem: Inexpressible) => void;
}

/** The variables of a policy, in the order in which they read each other; the last, `denied`, is what it decides by. */
export function netVariables(
  parts: Parts,
  judged: readonly HeldCheck[],
  told: readonly HeldCheck[],
): readonly Variable[] {
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
