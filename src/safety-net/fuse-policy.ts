import { webhookRules } from '../admission/registration.ts';
import { type Fuse, fuseContainersAnnotation } from '../matching/fuse.ts';
import { all, any, type Cel, text, texts, type Variable } from './cel.ts';
import { acceptsSandbox, type FuseSite, fuseVariables, holds, isTheCount, namesOf } from './fuse-findings.ts';
import { isMutated, isNamespaceIn } from './namespaces.ts';
import { type ApiObject, configAnnotations, type NetConfiguration, noMirror, notIn } from './objects.ts';
import { containerVariables, now } from './view.ts';

/** The name of the policy. */
export function fusePolicyName(base: string): string {
  return `${base}-mount-fuse`;
}

/**
 * Makes the MutatingAdmissionPolicy that does what `/mutate` does: it gives a pod that carries the label the device and
 * the sandbox class, and records which containers got it; all of it, or nothing.
 *
 * Needs Kubernetes 1.36, where the kind is in admissionregistration.k8s.io/v1.
 */
export function fusePolicy(
  source: NetConfiguration,
  { name: base, exceptNamespaces }: { readonly name: string; readonly exceptNamespaces: readonly string[] },
): readonly ApiObject[] {
  const { fuse } = source.configuration;
  const site: FuseSite = { fuse, namespaces: source.effective.mountFuse.namespaces };
  const metadata = { name: fusePolicyName(base), annotations: configAnnotations(source) };
  const head = { apiVersion: 'admissionregistration.k8s.io/v1', metadata };
  return [
    {
      ...head,
      kind: 'MutatingAdmissionPolicy',
      spec: {
        // What it does not grant, the fuse contract denies with a reason.
        failurePolicy: 'Ignore',
        reinvocationPolicy: 'IfNeeded',
        matchConstraints: {
          matchPolicy: 'Equivalent',
          namespaceSelector: notIn(exceptNamespaces),
          objectSelector: { matchLabels: { [fuse.label.key]: fuse.label.value } },
          resourceRules: webhookRules.mutate,
        },
        matchConditions: [
          { name: 'namespace-may-ask', expression: isNamespaceIn(site.namespaces) },
          { name: 'namespace-is-not-only-recorded', expression: isMutated(source.effective) },
          noMirror,
        ],
        variables: grantVariables(site),
        mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: operations(fuse) } }],
      },
    },
    { ...head, kind: 'MutatingAdmissionPolicyBinding', spec: { policyName: metadata.name } },
  ];
}

/** The plan: see planFuse in matching/fuse.ts. */
function grantVariables(site: FuseSite): readonly Variable[] {
  const { fuse } = site;
  const first = `${texts(fuse.containers)}.filter(n, variables.mains.exists(c, c.name == n))`;
  const only = 'size(variables.mains) == 1 ? [string(variables.mains[0].name)] : []';
  const chosen = `variables.fuseRecorded.hasValue() ? variables.fuseChosen : (size(${first}) > 0 ? [${first}[0]] : (${only}))`;
  const gated = [...fuse.gatedResources];
  const strangers = any([
    `variables.mains.exists(c, !(c.name in variables.chosen) && ${holds(namesOf(fuse), 'c')})`,
    ...['inits', 'debugs'].map((list) => `variables.${list}.exists(c, ${holds(namesOf(fuse), 'c')})`),
    ...(gated.length === 0 ? [] : [`variables.mains.exists(c, ${holds(gated, 'c')})`]),
  ]);
  const differs = ['limits', 'requests'].map((list) => {
    const quantity = `c.?resources.?${list}[?${text(fuse.resource)}]`;
    return `variables.mains.exists(c, ${quantity}.hasValue() && !${isTheCount(`${quantity}.value()`, fuse)})`;
  });
  const setsClass = '!has(object.spec.runtimeClassName) && object.spec.?hostUsers.orValue(true)';
  return [
    ...containerVariables(now),
    ...fuseVariables(now, site).filter(({ name }) => name !== 'asksForFuse' && name !== 'fuseConcerns'),
    { name: 'chosen', expression: chosen },
    { name: 'setsClass', expression: setsClass },
    {
      name: 'grants',
      expression: all([
        'size(variables.chosen) > 0',
        `!${strangers}`,
        ...differs.map((one) => `!${one}`),
        any(['variables.setsClass', acceptsSandbox('object', fuse)]),
      ]),
    },
  ];
}

/** Only what is missing: on a second call nothing. */
function operations(fuse: Fuse): Cel {
  const escaped = (key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1');
  const add = (path: Cel, value: Cel) => `JSONPatch{op: 'add', path: ${path}, value: ${value}}`;
  const count = text(String(fuse.count));
  const record = "variables.chosen.join(',')";
  const annotation = add(text(`/metadata/annotations/${escaped(fuseContainersAnnotation)}`), record);
  const annotations = add("'/metadata/annotations'", `{${text(fuseContainersAnnotation)}: ${record}}`);
  const at = "'/spec/containers/' + string(i) + '/resources";
  const limit = `{${text(fuse.resource)}: ${count}}`;
  const inLimits = add(`${at}/limits/${escaped(fuse.resource)}'`, count);
  const inResources = add(`${at}/limits'`, limit);
  const whole = add(`${at}'`, `{'limits': ${limit}}`);
  const isMissing = `c.name in variables.chosen && !(${text(fuse.resource)} in c.?resources.?limits.orValue({}))`;
  const limits = `variables.mains.transformList(i, c, ${isMissing}, has(c.resources) ? (has(c.resources.limits) ? ${inLimits} : ${inResources}) : ${whole})`;
  const noted = `variables.fuseRecorded.hasValue() ? [] : [has(object.metadata.annotations) ? ${annotation} : ${annotations}]`;
  const classed = `variables.setsClass ? [${add("'/spec/runtimeClassName'", text(fuse.runtimeClassName))}] : []`;
  return `variables.grants ? ((${noted}) + ${limits} + (${classed})) : []`;
}
