import fc from 'fast-check';

/** A JSON object under construction. */
export type Draft = Record<string, unknown>;

/** A pod as the API server would send it, as far as the checks look. */
export interface OraclePod {
  readonly apiVersion: 'v1';
  readonly kind: 'Pod';
  readonly metadata: Record<string, unknown>;
  readonly spec: Record<string, unknown>;
}

/** One change to a pod under construction. */
export type Tweak = (pod: { readonly metadata: Draft; readonly spec: Draft }) => void;

/** One change to a container of it. */
export type ContainerTweak = (container: Draft) => void;

/** The lists of containers of a pod. */
export const lists = ['containers', 'initContainers', 'ephemeralContainers'] as const;

/** The object in that field, made if there is none. */
export function child(holder: Draft, key: string): Draft {
  const made = (holder[key] ?? {}) as Draft;
  holder[key] = made;
  return made;
}

/** The list in that field, made if there is none. */
export function items(holder: Draft, key: string): unknown[] {
  const made = (holder[key] ?? []) as unknown[];
  holder[key] = made;
  return made;
}

/** Every container under construction. */
function containersOf(spec: Draft): Draft[] {
  return lists.flatMap((list) => (spec[list] ?? []) as Draft[]);
}

/** The nth container of the pod, counted round and round. */
export function nth(spec: Draft, n: number): Draft {
  const all = containersOf(spec);
  return all[n % all.length] ?? {};
}

/** A change to any container. */
export const onContainer = (change: fc.Arbitrary<ContainerTweak>): fc.Arbitrary<Tweak> =>
  fc.tuple(fc.nat({ max: 11 }), change).map(
    ([n, tweak]) =>
      ({ spec }) =>
        tweak(nth(spec, n)),
  );

/** A change to the security context of any container. */
export const onContext = (change: fc.Arbitrary<(context: Draft) => void>): fc.Arbitrary<Tweak> =>
  onContainer(change.map((tweak) => (container) => tweak(child(container, 'securityContext'))));

/** A change to the security context of the pod or to that of any container. */
export const onSomeContext = (change: fc.Arbitrary<(context: Draft) => void>): fc.Arbitrary<Tweak> =>
  fc.oneof(
    change.map(
      (tweak): Tweak =>
        ({ spec }) =>
          tweak(child(spec, 'securityContext')),
    ),
    onContext(change),
    // In the pod one way and in a container another way, or the same.
    fc.tuple(change, change, fc.nat({ max: 11 })).map(
      ([inPod, inContainer, n]): Tweak =>
        ({ spec }) => {
          inPod(child(spec, 'securityContext'));
          inContainer(child(nth(spec, n), 'securityContext'));
        },
    ),
  );

/** A field with one of these values. */
export const setField = (key: string, ...values: readonly unknown[]): fc.Arbitrary<(holder: Draft) => void> =>
  fc.constantFrom(...values).map((value) => (holder) => {
    holder[key] = structuredClone(value);
  });

/** A change to the spec of the pod. */
export const onSpec = (change: fc.Arbitrary<(spec: Draft) => void>): fc.Arbitrary<Tweak> =>
  change.map(
    (tweak) =>
      ({ spec }) =>
        tweak(spec),
  );

/** An annotation. */
export const annotate = (key: fc.Arbitrary<string>, value: fc.Arbitrary<string>): fc.Arbitrary<Tweak> =>
  fc.tuple(key, value).map(([name, said]) => ({ metadata }) => {
    child(metadata, 'annotations')[name] = said;
  });
