import { mutatedSubject } from '../admission/mutate.ts';
import { objectOf } from '../checks/case.ts';
import { defaultDocument } from '../config/builtin.ts';
import type { MountFuseDocument } from '../config/document.ts';
import { extendedResourceProblem } from '../config/names.ts';
import type { Configuration } from '../config/policy.ts';
import { mapAt, objectsAt, textAt } from '../kubernetes/fields.ts';
import { type Fields, isObject } from '../kubernetes/shape.ts';
import { podSubject } from '../kubernetes/subject.ts';
import { patchBetween } from '../mutations/patch.ts';
import { buildPods } from './build-pods.ts';
import { asAdmitted, placed, type Sample } from './cases.ts';
import { headOf, isOwn, scopeNotes } from './compare.ts';
import { type Kyverno, keyOf } from './kyverno.ts';
import { KyvernoError } from './kyverno-process.ts';
import { findingsIn } from './ours.ts';
import type { Difference, RuleReport } from './result.ts';
import type { Rule } from './rules.ts';
import { type Bench, withoutRepeats } from './study.ts';

/** An object, and what Kyverno makes of it. */
interface Changed extends Sample {
  readonly by: Fields;
}

/** What was learned about a rule that changes pods. */
export interface FuseStudy {
  readonly rule: Rule;
  readonly shown: readonly Changed[];
  /** What does the same here; undefined: it stays with Kyverno. */
  readonly mountFuse: MountFuseDocument | undefined;
  readonly why: string | undefined;
}

/** Asks Kyverno what a rule makes of pods, and whether that is to give them the FUSE device. */
export async function studyChange(rule: Rule, bench: Bench): Promise<FuseStudy> {
  const left = (why: string): FuseStudy => ({ rule, shown: [], mountFuse: undefined, why });
  if (rule.obstacle !== undefined) return left(rule.obstacle);
  if (!rule.scope.onPods) return left(`it is about ${rule.scope.kinds.join(', ') || 'nothing that is named'}`);
  try {
    const shown = await changed(rule, bench);
    const granted = deviceIn(shown);
    if (granted === undefined)
      return left(`it changes pods${changesOf(shown)}; Pratique gives the FUSE device and changes nothing else`);
    const [label, ...others] = Object.entries(rule.scope.place.labels);
    if (label === undefined || others.length > 0) {
      return left(`it gives the device ${granted.resource} to pods that do not ask for it by one label`);
    }
    return {
      rule,
      shown,
      mountFuse: { label: Object.fromEntries([label]), ...namespacesIn(rule), ...granted },
      why: undefined,
    };
  } catch (error) {
    if (!(error instanceof KyvernoError) || error.isGivenUp) throw error;
    return left(error.message);
  }
}

async function changed(rule: Rule, { kyverno, own }: Bench): Promise<readonly Changed[]> {
  const pods = buildPods.map((one): Sample => {
    return { title: one.name, from: 'neutral', isVariant: false, object: asAdmitted(objectOf(one)) };
  });
  const { place } = rule.scope;
  const elsewhere = { ...place, namespace: `${place.namespace}-other` };
  const outside = placed(pods.slice(0, 1), elsewhere).map((one) => ({
    ...one,
    title: `${one.title}, in another namespace`,
  }));
  const all = [...placed(pods, place), ...outside];
  const ours = own.filter(({ object }) => object['kind'] === 'Pod');
  const shown = await change(rule, all, kyverno);
  for (const batch of withoutRepeats(ours)) shown.push(...(await change(rule, batch, kyverno)));
  return shown;
}

async function change(rule: Rule, all: readonly Sample[], kyverno: Kyverno): Promise<Changed[]> {
  const objects = all.map(({ object }) => object);
  const left = await kyverno.mutate(rule.alone, objects, { place: rule.scope.place });
  return all.map((one) => ({ ...one, by: left.get(keyOf(one.object)) ?? one.object }));
}

/** The extended resource of the FUSE device that is added to some limit, and how many of it. */
function deviceIn(shown: readonly Changed[]): Pick<MountFuseDocument, 'resource' | 'count'> | undefined {
  for (const { object, by } of shown) {
    for (const container of objectsAt(by, 'spec', 'containers')) {
      const before = limitsOf(containerOf(object, textAt(container, 'name')));
      const entries = Object.entries(limitsOf(container));
      const added = entries.find(
        ([name]) => /fuse/i.test(name) && extendedResourceProblem(name) === undefined && !(name in before),
      );
      if (added !== undefined) return { resource: added[0], count: Number(added[1]) };
    }
  }
  return undefined;
}

function namespacesIn({ scope }: Rule): Pick<MountFuseDocument, 'namespaces' | 'acceptGlob'> {
  const namespaces = scope.namespaces ?? ['**'];
  return namespaces.some((name) => name.includes('*')) ? { namespaces, acceptGlob: true } : { namespaces };
}

function changesOf(shown: readonly Changed[]): string {
  const paths = new Set<string>();
  for (const { object, by } of shown) {
    for (const { path } of patchBetween(object, by)) paths.add(path.replaceAll(/\/\d+(?=\/|$)/g, '/*'));
  }
  const first = [...paths].slice(0, 3);
  return first.length === 0 ? ', though none of the pods that were tried' : ` (${first.join(', ')})`;
}

/** Compares what both make of each pod, and says what is done to it by whom. */
export function compareChanges(
  { rule, shown, why, mountFuse }: FuseStudy,
  configuration: Configuration,
  clock: number,
): RuleReport {
  const own = shown.filter(({ from }) => isOwn(from)).length;
  const head = {
    ...headOf(rule),
    notes: scopeNotes(rule),
    needs: mountFuse === undefined ? {} : { mountFuse },
    compared: { cases: shown.length - own, own },
    checks: [],
  };
  if (mountFuse === undefined) return { ...head, verdict: 'left', why, agreed: 0, lost: [], gained: [], otherwise: [] };
  const sorted = { agreed: 0, lost: [] as Difference[], gained: [] as Difference[], otherwise: [] as Difference[] };
  for (const one of shown) sort(one, configuration, clock, sorted);
  const { lost, gained, otherwise } = sorted;
  // To grant less is stricter: of what Kyverno alone gives nothing is lost that keeps a cluster safe.
  const alike = lost.length === 0 && otherwise.length === 0 ? 'equal' : 'stricter';
  const verdict = gained.length === 0 ? alike : lost.length === 0 ? 'looser' : 'partly';
  return { ...head, ...sorted, verdict, checks: ['fuse-contract'], why: undefined };
}

function sort(
  one: Changed,
  configuration: Configuration,
  clock: number,
  sorted: {
    agreed: number;
    readonly lost: Difference[];
    readonly gained: Difference[];
    readonly otherwise: Difference[];
  },
): void {
  const { object, by, title, from } = one;
  const { resource } = configuration.fuse;
  const subject = podSubject(object, textAt(object, 'metadata', 'namespace'));
  const ours = mutatedSubject(subject, configuration.fuse).pod as unknown as Fields;
  const denial = findingsIn(object, configuration, clock).get('fuse-contract');
  const kyverno = doneTo(object, by, resource);
  const pratique = denial === undefined ? doneTo(object, ours, resource) : `denied: ${denial}`;
  const difference = { object: title, from: isOwn(from) ? from : 'case', kyverno, pratique };
  const [theirs, own] = [grantedIn(object, by, resource), grantedIn(object, ours, resource)];
  if (kyverno === pratique) sorted.agreed++;
  else if (theirs.length > 0 && own.length === 0) sorted.lost.push(difference);
  else if (theirs.length === 0 && own.length > 0) sorted.gained.push(difference);
  else sorted.otherwise.push(difference);
}

/** Says what was done to a pod, in words. */
function doneTo(before: Fields, after: Fields, resource: string): string {
  const granted = grantedIn(before, after, resource);
  const lost = objectsAt(before, 'spec', 'containers').flatMap((container) => {
    const name = textAt(container, 'name');
    const left = limitsOf(containerOf(after, name));
    return Object.entries(limitsOf(container)).flatMap(([key, value]) =>
      key in left ? [] : [`${name} loses its limit ${key}=${value}`],
    );
  });
  const runtimeClass = textAt(after, 'spec', 'runtimeClassName');
  const isNewClass = runtimeClass !== '' && runtimeClass !== textAt(before, 'spec', 'runtimeClassName');
  const done = [
    ...granted.map((name) => `${name} gets ${resource}`),
    ...lost,
    ...(isNewClass ? [`the pod gets the RuntimeClass ${runtimeClass}`] : []),
  ];
  return done.length === 0 ? 'nothing is changed' : done.join('; ');
}

function grantedIn(before: Fields, after: Fields, resource: string): readonly string[] {
  return objectsAt(after, 'spec', 'containers').flatMap((container) => {
    const name = textAt(container, 'name');
    return resource in limitsOf(container) && !(resource in limitsOf(containerOf(before, name))) ? [name] : [];
  });
}

function containerOf(pod: unknown, name: string): unknown {
  return objectsAt(pod, 'spec', 'containers').find((one) => textAt(one, 'name') === name);
}

function limitsOf(container: unknown): Readonly<Record<string, string>> {
  return isObject(container) ? mapAt(container, 'resources', 'limits') : {};
}

/** One contract holds for all namespaces: those of several rules are one when they say the same but for the namespaces. */
export function joined(studies: readonly FuseStudy[]): {
  readonly mountFuse: MountFuseDocument | undefined;
  readonly second: readonly FuseStudy[];
} {
  const grants = studies.filter(({ mountFuse }) => mountFuse !== undefined);
  const [first, ...others] = grants;
  if (first?.mountFuse === undefined) return { mountFuse: undefined, second: [] };
  const key = ({ mountFuse }: FuseStudy) => JSON.stringify([mountFuse?.label, mountFuse?.resource, mountFuse?.count]);
  const same = [first, ...others.filter((one) => key(one) === key(first))];
  const namespaces = [...new Set(same.flatMap(({ mountFuse }) => mountFuse?.namespaces ?? []))];
  const resource = first.mountFuse.resource ?? '';
  const gated = defaultDocument().mountFuse?.gatedResources ?? [];
  // The resource that is given must not be gated; the default one is the same device by another name then.
  const others_ = [...new Set([...gated, defaultDocument().mountFuse?.resource ?? ''])].filter(
    (name) => name !== resource && name !== '',
  );
  const isDefault = resource === defaultDocument().mountFuse?.resource;
  return {
    mountFuse: { ...first.mountFuse, namespaces, ...(isDefault ? {} : { gatedResources: others_ }) },
    second: others.filter((one) => key(one) !== key(first)),
  };
}
