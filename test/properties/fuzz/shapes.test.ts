import { describe, expect, test } from 'vitest';
import { answerReview } from '../../../src/admission/answer.ts';
import { fieldPath, type Pointer, pointerTo, pointerTokens } from '../../../src/kubernetes/pointer.ts';
import { readReview } from '../../../src/kubernetes/review.ts';
import { configurationOf } from '../../harness/rules.ts';
import type { Draft } from '../hardened.ts';
import { everythingDocument, wired } from '../metamorphic/engine.ts';
import { workloads } from '../metamorphic/workloads.ts';
import { type Judged, judged, reviewFor } from './kinds.ts';

/** Every check denies, and what else reads an object does as well: break-glass, builders, exemptions. */
const configuration = configurationOf({
  ...everythingDocument,
  breakGlass: { groups: ['sre'] },
});

interface Reads {
  readonly present: Set<Pointer>;
  readonly absent: Set<Pointer>;
}

/** An object that remembers which of its fields were read, those that are there and those that are not. */
function watched(value: unknown, at: Pointer, reads: Reads): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return new Proxy(value, {
    get(target, key) {
      const read: unknown = Reflect.get(target, key);
      if (typeof key !== 'string' || (key in target && !Object.hasOwn(target, key))) return read;
      if (Array.isArray(target) && key === 'length') return read;
      const pointer = pointerTo(at, key);
      (Object.hasOwn(target, key) ? reads.present : reads.absent).add(pointer);
      return watched(read, pointer, reads);
    },
  });
}

function answerFor(kind: Judged, object: unknown) {
  const review = reviewFor(kind, { object: null, groups: ['sre'] });
  (review['request'] as Draft)['object'] = object;
  const read = readReview(review);
  if (read.kind === 'no-uid') throw new Error(read.problem);
  return answerReview(read, 'validate', configuration, 0);
}

function readsOf(kind: Judged): Reads {
  const reads: Reads = { present: new Set(), absent: new Set() };
  const { decision, problem } = answerFor(kind, watched(wired(kind.object), '', reads));
  expect(decision, problem).not.toBe('error');
  return reads;
}

const types: Readonly<Record<string, unknown>> = { string: 'x', number: 7, boolean: true, object: {}, list: [] };

function typeOf(value: unknown): string {
  return Array.isArray(value) ? 'list' : typeof value;
}

/**
 * Fields of which only whether they are there is read: settings and sources that a check knows, and looks at no closer,
 * or knows nothing about. And those that Kubernetes gives several types: quantities, and ports with a name.
 */
const isAnyType = (pointer: Pointer): boolean =>
  [
    /\/(?:readOnlyRootFilesystem|level|localhostProfile|gmsaCredentialSpec|unknownField)$/,
    /\/volumes\/\d+\/(?:emptyDir|configMap|gitRepo|nfs|newSource)$/,
    /\/newProjection$/,
    /\/(?:limits|requests)\/[^/]+$/,
    /\/targetPort$/,
  ].some((pattern) => pattern.test(pointer));

/** The pod inside of a workload is read as every pod is: there it is enough to look at what is around it, but once. */
function isRepeated(pointer: Pointer, { kind }: Judged): boolean {
  const workload = workloads.find((one) => one.kind === kind);
  return workload !== undefined && kind !== 'CronJob' && pointerTokens(pointer).length > workload.path.length + 3;
}

describe.each(judged)('in a $name', (kind) => {
  const present = [...readsOf(kind).present].filter((pointer) => !isRepeated(pointer, kind));

  test('much is read', () => {
    expect(present.length).toBeGreaterThan(4);
  });

  test('whatever is read and is not of its type is denied with a reason', () => {
    const allowed: string[] = [];
    for (const pointer of present) {
      const tokens = pointerTokens(pointer);
      const last = tokens.at(-1) ?? '';
      for (const [type, wrong] of Object.entries(types)) {
        const object = wired(kind.object);
        const holder = tokens.slice(0, -1).reduce<Draft>((one, token) => one[token] as Draft, object);
        if (holder[last] === null || type === typeOf(holder[last]) || isAnyType(pointer)) continue;
        holder[last] = wrong;
        const { decision, response } = answerFor(kind, object);
        const isDenied = decision === 'error' && !response.allowed && response.status?.code === 400;
        if (!isDenied) allowed.push(`${fieldPath(pointer)}: ${type}`);
        else expect(response.status?.message).toContain(' is not ');
      }
    }
    expect(allowed).toEqual([]);
  });

  test('whatever is read may be null, which is as good as absent', () => {
    for (const pointer of present) {
      const tokens = pointerTokens(pointer);
      const object = wired(kind.object);
      const holder = tokens.slice(0, -1).reduce<Draft>((one, token) => one[token] as Draft, object);
      holder[tokens.at(-1) ?? ''] = null;
      const { judgements, problem } = answerFor(kind, object);
      expect(
        judgements.filter(({ finding }) => finding.failed),
        pointer,
      ).toEqual([]);
      // An entry of a list is never absent.
      if (problem !== undefined) expect(`${problem} ${pointer}`).toMatch(/is not (?:an object|a list of \w+) .*\/\d+$/);
    }
  });
});

test('the objects have every field that is read', () => {
  const plain = (pointer: Pointer): string =>
    pointer.replaceAll(/\/\d+(?=\/)/g, '/*').replace(/\/(?:init|ephemeral)Containers\//, '/containers/');
  const byKind = Map.groupBy(judged, ({ kind }) => kind);
  // The pod inside of a workload is the same as the pod.
  const kinds = [...byKind].filter(([kind]) => !workloads.some((workload) => workload.kind === kind));
  for (const [kind, objects] of kinds) {
    const reads = objects.map(readsOf);
    const present = new Set(reads.flatMap((one) => [...one.present].map(plain)));
    const missing = reads.flatMap((one) => [...one.absent].map(plain)).filter((pointer) => !present.has(pointer));
    expect([...new Set(missing)], `Give the ${kind} in hardened.ts, sins.ts or kinds.ts a value there.`).toEqual([]);
  }
});
