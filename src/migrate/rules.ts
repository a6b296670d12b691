import { objectsAt, textAt, textsAt, valueAt } from '../kubernetes/fields.ts';
import { type Fields, isObject } from '../kubernetes/shape.ts';
import { obstacleOf } from './obstacles.ts';
import { type Scope, scopeOfPolicy, scopeOfRule } from './scope.ts';

/** What a rule of Kyverno's does with an object. */
export type Deed = 'validate' | 'mutate' | 'other';

/** How hard Kyverno is about it. */
export type KyvernoAction = 'enforce' | 'warn' | 'audit';

/** One rule of a policy of Kyverno's. */
export interface Rule {
  /** Where it was read: a file, or the cluster. */
  readonly source: string;
  readonly kind: string;
  /** `namespace/name` of a namespaced policy. */
  readonly policy: string;
  readonly name: string;
  readonly deed: Deed;
  readonly action: KyvernoAction;
  readonly scope: Scope;
  /** The policy with no other rule than this. */
  readonly alone: Fields;
  /** The part of the policy that is this rule's own. */
  readonly body: Fields;
  /** Why nothing is to be asked of Kyverno's CLI: it stays with Kyverno. */
  readonly obstacle: string | undefined;
}

/** The kinds of policy that decide nothing about an object that is to be admitted, or nothing that Pratique does. */
const leftKinds: Readonly<Record<string, string>> = {
  ImageValidatingPolicy: 'it verifies signatures of images, which needs the registry',
  NamespacedImageValidatingPolicy: 'it verifies signatures of images, which needs the registry',
  GeneratingPolicy: 'it makes other objects',
  NamespacedGeneratingPolicy: 'it makes other objects',
  DeletingPolicy: 'it deletes objects',
  NamespacedDeletingPolicy: 'it deletes objects',
  CleanupPolicy: 'it deletes objects',
  ClusterCleanupPolicy: 'it deletes objects',
};

/** Objects of Kyverno's own that are no policies. */
const noPolicies: ReadonlySet<string> = new Set([
  'GlobalContextEntry',
  'UpdateRequest',
  'EphemeralReport',
  'ClusterEphemeralReport',
]);

/** Reads the rules of an object; undefined for one that is no policy of Kyverno's. */
export function rulesOf(object: Fields, source: string): readonly Rule[] | undefined {
  const [group = ''] = textAt(object, 'apiVersion').split('/');
  const kind = textAt(object, 'kind');
  if (group !== 'kyverno.io' && group !== 'policies.kyverno.io') return undefined;
  if (kind === 'PolicyException' || kind.endsWith('List') || noPolicies.has(kind)) return undefined;
  const namespace = textAt(object, 'metadata', 'namespace');
  const name = textAt(object, 'metadata', 'name');
  const head = { source, kind, policy: namespace === '' ? name : `${namespace}/${name}` };
  const spec = isObject(object['spec']) ? object['spec'] : {};
  if (group === 'kyverno.io' && (kind === 'ClusterPolicy' || kind === 'Policy')) {
    const own = kind === 'Policy' ? namespace || 'default' : '';
    return objectsAt(spec, 'rules').map((rule) => ({ ...head, ...classicRule(object, spec, rule, own) }));
  }
  if (group === 'policies.kyverno.io' && /^(?:Namespaced)?(?:Validating|Mutating)Policy$/.test(kind)) {
    const own = kind.startsWith('Namespaced') ? namespace || 'default' : '';
    return celRules(object, spec, own).map((rule) => ({ ...head, ...rule }));
  }
  const obstacle = leftKinds[kind] ?? `${kind} of ${group} is no kind of policy that is known here`;
  const scope = scopeOfPolicy(spec, '');
  return [{ ...head, name, deed: 'other', action: 'enforce', scope, alone: object, body: spec, obstacle }];
}

type Own = Omit<Rule, 'source' | 'kind' | 'policy'>;

function classicRule(object: Fields, spec: Fields, rule: Fields, own: string): Own {
  const deed = isObject(rule['validate']) ? 'validate' : isObject(rule['mutate']) ? 'mutate' : 'other';
  return {
    name: textAt(rule, 'name'),
    deed,
    action: classicAction(spec, rule),
    scope: scopeOfRule(rule, own),
    alone: { ...object, spec: { ...spec, rules: [rule] } },
    body: rule,
    obstacle: obstacleOf(rule),
  };
}

function classicAction(spec: Fields, rule: Fields): KyvernoAction {
  if (spec['admission'] === false) return 'audit';
  const written = textAt(rule, 'validate', 'failureAction') || textAt(spec, 'validationFailureAction') || 'Audit';
  if (written.toLowerCase() === 'enforce') return 'enforce';
  return spec['emitWarning'] === true ? 'warn' : 'audit';
}

/** A policy of CEL has one rule for each of its validations; a mutating one is a rule by itself. */
function celRules(object: Fields, spec: Fields, own: string): readonly Own[] {
  const scope = scopeOfPolicy(spec, own);
  const name = textAt(object, 'metadata', 'name');
  const mode = textAt(spec, 'evaluation', 'mode');
  const foreign =
    mode === '' || mode === 'Kubernetes' ? undefined : `it is for ${mode} and not for objects of Kubernetes`;
  const head = { action: celAction(spec), scope };
  if (textAt(object, 'kind').endsWith('MutatingPolicy')) {
    const obstacle = foreign ?? obstacleOf(spec);
    return [{ ...head, name, deed: 'mutate', alone: object, body: spec, obstacle }];
  }
  const validations = objectsAt(spec, 'validations');
  return validations.map((validation, index) => {
    const body = { ...spec, validations: [validation] };
    return {
      ...head,
      name: validations.length === 1 ? name : `${name}, validation ${index + 1}`,
      deed: 'validate',
      alone: { ...object, spec: body },
      body,
      obstacle: foreign ?? obstacleOf(body),
    };
  });
}

function celAction(spec: Fields): KyvernoAction {
  if (valueAt(spec, 'evaluation', 'admission', 'enabled') === false) return 'audit';
  const actions = textsAt(spec, 'validationActions');
  if (actions.length === 0 || actions.includes('Deny')) return 'enforce';
  return actions.includes('Warn') ? 'warn' : 'audit';
}
