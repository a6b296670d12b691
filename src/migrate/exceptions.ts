import type { AllowancesDocument, ExemptionDocument } from '../config/document.ts';
import type { Configuration } from '../config/policy.ts';
import { mapAt, objectsAt, textAt, textsAt, valueAt } from '../kubernetes/fields.ts';
import { type Fields, isObject } from '../kubernetes/shape.ts';
import type { Sample } from './cases.ts';
import { obstacleOf } from './obstacles.ts';
import { denialOf } from './ours.ts';
import { unknownNamespace } from './proposal.ts';
import type { Difference, ExceptionReport } from './result.ts';
import { filtersOf, namespacesOfAll } from './scope.ts';
import { type Bench, isObjection, type Study, showWithExceptions } from './study.ts';

/** What must stand where the end of an exemption is: no configuration with it is valid. */
export const unknownExpiry = 'FILL-IN-THE-LAST-DAY';
const unknownOwner = 'FILL IN: who answers for it';

/** A PolicyException. */
export interface Exception {
  readonly source: string;
  /** `namespace/name`. */
  readonly name: string;
  readonly object: Fields;
}

/** A PolicyException with what is written for it. */
export interface Excepted {
  readonly exception: Exception;
  /** The rules that it is about and that checks cover. */
  readonly studies: readonly Study[];
  readonly exemption: ExemptionDocument | undefined;
  readonly why: string | undefined;
  readonly notes: readonly string[];
}

/** Reads a PolicyException of either API; undefined for any other object. */
export function exceptionOf(object: Fields, source: string): Exception | undefined {
  const [group] = textAt(object, 'apiVersion').split('/');
  if (textAt(object, 'kind') !== 'PolicyException' || (group !== 'kyverno.io' && group !== 'policies.kyverno.io'))
    return undefined;
  const namespace = textAt(object, 'metadata', 'namespace') || 'default';
  return { source, name: `${namespace}/${textAt(object, 'metadata', 'name')}`, object };
}

/** Writes an exemption for a PolicyException whose rules the checks cover. */
export function exempted(exception: Exception, studies: readonly Study[]): Excepted {
  const spec = valueAt(exception.object, 'spec');
  const obstacle = isObject(spec) ? obstacleOf(spec) : 'it has no spec';
  if (obstacle !== undefined) return { exception, studies: [], exemption: undefined, why: obstacle, notes: [] };
  const about = studies.filter(({ rule }) => isAbout(spec, rule));
  const covered = about.filter(({ checks }) => checks.length > 0);
  if (covered.length === 0) {
    const why =
      about.length === 0 ? 'none of the policies that were read is named in it' : 'its rules are left with Kyverno';
    return { exception, studies: [], exemption: undefined, why, notes: [] };
  }
  const checks = [...new Set(covered.flatMap((one) => one.checks))].toSorted();
  const allow: AllowancesDocument = Object.fromEntries(checks.map((check) => [check, true]));
  const namespaces = namespacesIn(spec);
  const exemption: ExemptionDocument = {
    name: nameFor(exception.name),
    namespaces: namespaces ?? [unknownNamespace],
    ...imagesIn(spec),
    allow,
    owner: unknownOwner,
    reason: `what Kyverno's PolicyException ${exception.name} let through`,
    expires: unknownExpiry,
  };
  const left = about.filter((one) => one.checks.length === 0).map(({ rule }) => `${rule.policy}/${rule.name}`);
  const notes = [
    ...notesOn(spec, namespaces),
    ...(left.length === 0 ? [] : [`it is still needed for ${left.join(', ')}, which is left with Kyverno`]),
  ];
  return { exception, studies: covered, exemption, why: undefined, notes };
}

function isAbout(spec: unknown, rule: Study['rule']): boolean {
  const classic = objectsAt(spec, 'exceptions').some((one) => {
    if (textAt(one, 'policyName') !== rule.policy) return false;
    const names = textsAt(one, 'ruleNames');
    // Names for what makes pods: autogen-NAME, autogen-cronjob-NAME.
    return names.includes('*') || names.some((name) => name.replace(/^autogen-(?:cronjob-)?/, '') === rule.name);
  });
  const [name = ''] = rule.policy.split('/').slice(-1);
  return (
    classic ||
    objectsAt(spec, 'policyRefs').some((one) => textAt(one, 'name') === name && textAt(one, 'kind') === rule.kind)
  );
}

/** `object.metadata.namespace == 'x'`, or `namespaceObject.metadata.name`, is all that is read of a condition in CEL. */
const namespaceTest =
  /^\s*(?:object\.metadata\.namespace|request\.namespace|namespaceObject\.metadata\.name)\s*==\s*['"]([a-z0-9-]{1,63})['"]\s*$/;

function namespacesIn(spec: unknown): readonly string[] | undefined {
  const listed = namespacesOfAll(filtersOf(valueAt(spec, 'match')));
  if (listed !== undefined) return listed.map((pattern) => pattern.replaceAll('?', '*'));
  const tested = objectsAt(spec, 'matchConditions').flatMap(
    (one) => namespaceTest.exec(textAt(one, 'expression'))?.[1] ?? [],
  );
  return tested.length === 0 ? undefined : tested;
}

function imagesIn(spec: unknown): Pick<ExemptionDocument, 'images'> {
  const written = [
    ...textsAt(spec, 'images'),
    ...objectsAt(spec, 'podSecurity').flatMap((one) => textsAt(one, 'images')),
  ];
  const images = [...new Set(written.map((one) => one.replace(/[:@][^/]*$/, '').replaceAll(/\*+/g, '**')))];
  return images.length === 0 ? {} : { images };
}

function notesOn(spec: unknown, namespaces: readonly string[] | undefined): readonly string[] {
  const filters = filtersOf(valueAt(spec, 'match'));
  const resources = filters.map((one) => (isObject(one['resources']) ? one['resources'] : {}));
  const conditions = objectsAt(spec, 'matchConditions').filter((one) => !namespaceTest.test(textAt(one, 'expression')));
  return [
    ...(resources.some(({ names, name }) => names !== undefined || name !== undefined)
      ? [
          'Kyverno narrows it to names of objects, which their author chooses; the exemption holds for every pod of the namespace',
        ]
      : []),
    ...(resources.some(({ selector }) => selector !== undefined)
      ? ["Kyverno narrows it by labels, which the pod's author chooses; the exemption does not"]
      : []),
    ...(filters.some(({ subjects }) => subjects !== undefined)
      ? ['Kyverno narrows it to certain users: write them as users or groups of the exemption']
      : []),
    ...(valueAt(spec, 'conditions') !== undefined || conditions.length > 0
      ? ['Kyverno narrows it by conditions, which an exemption has not']
      : []),
    ...(namespaces === undefined ? ['it names no namespace, and the namespace is what an exemption is given to'] : []),
  ];
}

function nameFor(name: string): string {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9.-]/g, '-');
  return plain.slice(0, 63).replaceAll(/^[-.]+|[-.]+$/g, '') || 'exception';
}

/** Exemptions that hold for the same objects are one: one has to cover everything that is denied, and two never add up. */
export function mergedExemptions(all: readonly Excepted[]): readonly ExemptionDocument[] {
  const byPlace = new Map<string, ExemptionDocument>();
  for (const { exemption } of all) {
    if (exemption === undefined) continue;
    const key = JSON.stringify([exemption.namespaces.toSorted(), exemption.images ?? []]);
    const before = byPlace.get(key);
    if (before === undefined) byPlace.set(key, exemption);
    else {
      const reason = `${before.reason}, and ${exemption.reason}`.slice(0, 1024);
      byPlace.set(key, { ...before, allow: { ...before.allow, ...exemption.allow }, reason });
    }
  }
  return [...byPlace.values()];
}

/** Shows what the rules object to once more, in the namespace of the exception, and compares what is let through. */
export async function compareException(
  one: Excepted,
  bench: Bench,
  configuration: Configuration,
): Promise<ExceptionReport> {
  const { exception, exemption, why, notes } = one;
  const head = { source: exception.source, name: exception.name, exemption: exemption?.name, why, notes };
  const [namespace] = exemption?.namespaces ?? [];
  if (namespace === undefined || namespace === unknownNamespace) return { ...head, agreed: 0, lost: [], gained: [] };
  const exempt = new Set(Object.keys(exemption?.allow ?? {}));
  let agreed = 0;
  const lost: Difference[] = [];
  const gained: Difference[] = [];
  for (const study of one.studies) {
    const objected = study.shown.filter(({ answer, from }) => isObjection(answer) && study.checks.includes(from));
    const moved = objected.map((shown) => inPlaceOf(shown, namespace.replaceAll('*', 'x'), exception));
    const shown = await showWithExceptions(study.rule, moved, bench.kyverno, [exception.object]);
    for (const { object, title, answer } of shown) {
      const theirs = !isObjection(answer);
      const ours = denialOf(object, configuration, bench.clock, { checks: study.checks, exempt });
      const difference = {
        object: title,
        from: 'case',
        kyverno: theirs ? 'lets it through' : (answer?.message ?? ''),
        pratique: ours ?? 'is exempt',
      };
      if (theirs && ours === undefined) agreed++;
      else if (theirs) lost.push(difference);
      else if (ours === undefined) gained.push(difference);
    }
  }
  return { ...head, agreed, lost, gained };
}

function inPlaceOf(shown: Sample, namespace: string, { object }: Exception): Sample {
  const [filter = {}] = filtersOf(valueAt(object, 'spec', 'match'));
  const metadata = isObject(shown.object['metadata']) ? shown.object['metadata'] : {};
  const [pattern = ''] = textsAt(filter, 'resources', 'names');
  const name = pattern.includes('*')
    ? pattern.replace('*', textAt(metadata, 'name')).replaceAll(/[*?]/g, 'x')
    : textAt(metadata, 'name');
  const labels = { ...mapAt(metadata, 'labels'), ...mapAt(filter, 'resources', 'selector', 'matchLabels') };
  return { ...shown, object: { ...shown.object, metadata: { ...metadata, name, namespace, labels } } };
}
