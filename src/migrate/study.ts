import { checks } from '../checks/registry.ts';
import type { AllowanceDocument } from '../config/document.ts';
import type { Configuration } from '../config/policy.ts';
import type { Fields } from '../kubernetes/shape.ts';
import { checksFor } from './attribute.ts';
import { placed, type Sample } from './cases.ts';
import { imageSamples, imagesOf } from './images.ts';
import { type Kyverno, type KyvernoAnswer, keyOf } from './kyverno.ts';
import { KyvernoError } from './kyverno-process.ts';
import { configurationOf, everythingDenies, type Look, lookUnder } from './ours.ts';
import type { Rule } from './rules.ts';
import type { Place } from './scope.ts';
import { kindOf, wrapped } from './workloads.ts';

/** An object, and what Kyverno says of it. */
export interface Shown extends Sample {
  readonly answer: KyvernoAnswer | undefined;
}

/** What was learned about a rule that validates. */
export interface Study {
  readonly rule: Rule;
  readonly checks: readonly string[];
  /** What the checks must allow to say the same. */
  readonly allow: Readonly<Record<string, AllowanceDocument>>;
  readonly shown: readonly Shown[];
  /** Why it stays with Kyverno. */
  readonly why: string | undefined;
  readonly notes: readonly string[];
}

/** What policies are judged with. */
export interface Bench {
  readonly kyverno: Kyverno;
  /** The cases where a rule holds, as objects of a kind; the same ones each time that it is asked. */
  samplesFor(place: Place, kind: string): readonly Sample[];
  /** What every check finds without any list of the site. */
  readonly everything: Look;
  /** Objects of the user's. */
  readonly own: readonly Sample[];
  readonly clock: number;
}

const ids = checks.map(({ id }) => id);

/** A configuration in which every check denies. */
export function everythingDenying(
  clock: number,
  allow: Readonly<Record<string, AllowanceDocument>> = {},
): Configuration {
  return configurationOf(everythingDenies(ids, allow), clock);
}

/** Whether Kyverno objects to an object: a rule that only warns objects as well. */
export function isObjection(answer: KyvernoAnswer | undefined): boolean {
  return answer?.result === 'fail' || answer?.result === 'warn';
}

/** Asks Kyverno what a rule says of the cases, and finds the checks that object to the same. */
export async function study(rule: Rule, bench: Bench): Promise<Study> {
  const nothing = { rule, checks: [], allow: {}, shown: [], notes: [] };
  if (rule.obstacle !== undefined) return { ...nothing, why: rule.obstacle };
  const kind = kindOf(rule.scope);
  if (kind === undefined)
    return { ...nothing, why: `it is about ${rule.scope.kinds.join(', ') || 'nothing that is named'}` };
  try {
    return await compared(rule, bench, kind);
  } catch (error) {
    if (!(error instanceof KyvernoError) || error.isGivenUp) throw error;
    return { ...nothing, why: error.message };
  }
}

async function compared(rule: Rule, bench: Bench, kind: string): Promise<Study> {
  const { place } = rule.scope;
  const images = imagesOf(rule);
  const allow = images.length === 0 ? {} : { 'image-registry': { images } };
  const all = [...bench.samplesFor(place, kind), ...wrapped(placed(imageSamples(images), place, 'image'), kind)];
  const early = all.filter(({ isVariant }) => !isVariant);
  const first = await show(rule, early, bench.kyverno);
  const failures = first.filter(({ answer }) => answer?.result === 'error');
  const head = { rule, allow, notes: failures.length === 0 ? [] : [failureNote(failures)] };
  const look = images.length === 0 ? bench.everything : lookUnder(everythingDenying(bench.clock, allow), bench.clock);
  const choice = chosenFor(first, look, images.length > 0);
  if ('why' in choice) return { ...head, checks: [], shown: first, why: choice.why };
  const variants = all.filter(({ isVariant, from }) => isVariant && choice.checks.includes(from));
  const more = await show(rule, variants, bench.kyverno);
  const own = await showOwn(rule, bench);
  return { ...head, checks: choice.checks, shown: [...first, ...more, ...own], why: undefined };
}

type Choice = { readonly checks: readonly string[] } | { readonly why: string };

/** The checks that object to the same, or why there are none. Without a list image-registry finds something everywhere. */
function chosenFor(shown: readonly Shown[], look: Look, hasImages: boolean): Choice {
  const objected = shown.filter(({ answer }) => isObjection(answer)).length;
  if (objected === 0) {
    return {
      why: `Kyverno objects to none of the ${shown.length} cases: what it is about is not what a check is about`,
    };
  }
  const applicable = shown.filter(({ answer }) => answer !== undefined);
  const observed = applicable.map(({ object, answer }) => {
    return { objects: isObjection(answer), checks: new Set(look(object).keys()) };
  });
  const candidates = ids.filter((id) => id !== 'image-registry' || hasImages);
  const chosen = checksFor(observed, candidates);
  if (chosen.length === 0) {
    return {
      why: `Kyverno objects to ${objected} of the ${shown.length} cases, and no check objects to the same ones`,
    };
  }
  // They are there because no check finds anything in them.
  const neutral = applicable.filter(({ from, answer }) => from === 'neutral' && isObjection(answer));
  const beyond = neutral.find(({ object }) => !chosen.some((check) => look(object).has(check)));
  if (beyond === undefined) return { checks: chosen };
  return {
    why: `it asks for more than any check does: Kyverno objects to ${beyond.title} (${beyond.answer?.message ?? ''})`,
  };
}

function failureNote(failures: readonly Shown[]): string {
  return `Kyverno fails on ${failures.length} of the cases, for instance: ${failures[0]?.answer?.message ?? ''}`;
}

async function show(
  rule: Rule,
  all: readonly Sample[],
  kyverno: Kyverno,
  exceptions: readonly Fields[] = [],
): Promise<readonly Shown[]> {
  if (all.length === 0) return [];
  const objects = all.map(({ object }) => object);
  const answers = await kyverno.validate(rule.alone, objects, { place: rule.scope.place, exceptions });
  return all.map((one) => ({ ...one, answer: answers.get(keyOf(one.object)) }));
}

/** Objects of the user's keep their names; those of the same name are shown one after the other. */
async function showOwn(rule: Rule, { kyverno, own }: Bench): Promise<readonly Shown[]> {
  const shown: Shown[] = [];
  for (const batch of withoutRepeats(own)) shown.push(...(await show(rule, batch, kyverno)));
  return shown;
}

/** Splits objects so that none of the same kind, namespace and name are together. */
export function withoutRepeats(all: readonly Sample[]): readonly (readonly Sample[])[] {
  const seen = new Map<string, number>();
  const batches: Sample[][] = [];
  for (const one of all) {
    const key = keyOf(one.object);
    const index = seen.get(key) ?? 0;
    seen.set(key, index + 1);
    batches[index] = [...(batches[index] ?? []), one];
  }
  return batches;
}

/** Shows the objects that a rule objects to once more, with exceptions that hold. */
export function showWithExceptions(
  rule: Rule,
  all: readonly Sample[],
  kyverno: Kyverno,
  exceptions: readonly Fields[],
): Promise<readonly Shown[]> {
  return show(rule, all, kyverno, exceptions);
}
