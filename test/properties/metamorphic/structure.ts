import fc, { type GeneratorValue } from 'fast-check';
import { hardenedContainer } from '../hardened.ts';
import type { GeneratedContainer, GeneratedPod } from '../pods.ts';
import type { Seen } from './engine.ts';

/** Makes another pod of one that is its own to change, with choices that are drawn as it goes. */
export type Transformation = (pod: GeneratedPod, draw: GeneratorValue) => GeneratedPod;

const lists = ['containers', 'initContainers', 'ephemeralContainers'] as const;

/** The containers of all three lists. */
export function containersOf({ spec }: GeneratedPod): readonly GeneratedContainer[] {
  return lists.flatMap((list) => spec[list] ?? []);
}

/** The order of these words is what they mean. */
const ordered: ReadonlySet<string> = new Set(['command', 'args']);

/** Turns the lists of a pod, and the keys of its objects, into any order; an `env` whose order means something stays. */
export const reorder: Transformation = (pod, draw) => shuffled(pod, '', draw) as GeneratedPod;

function shuffled(value: unknown, key: string, draw: GeneratorValue): unknown {
  if (Array.isArray(value)) {
    const entries = value.map((entry) => shuffled(entry, '', draw));
    const stays = ordered.has(key) || (key === 'env' && isOrdered(value));
    return stays ? entries : permuted(entries, draw);
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, one]) => [name, shuffled(one, name, draw)] as const);
  return Object.fromEntries(permuted(entries, draw));
}

/** A value may refer to the variables before it, and of two of one name the later one counts. */
function isOrdered(env: readonly unknown[]): boolean {
  const names = env.map((entry) => (entry as { readonly name?: unknown } | null)?.name);
  return JSON.stringify(env).includes('$(') || new Set(names).size < names.length;
}

function permuted<T>(entries: readonly T[], draw: GeneratorValue): T[] {
  const result = [...entries];
  for (let left = result.length; left > 1; left--) {
    const chosen = draw(fc.nat, { max: left - 1 });
    [result[left - 1], result[chosen]] = [result[chosen] as T, result[left - 1] as T];
  }
  return result;
}

/** Other names, and what becomes of a finding under them. */
export interface Renaming {
  readonly pod: GeneratedPod;
  readonly expected: (finding: Seen) => Seen;
}

/** Gives every container and volume another name, wherever it is named: in mounts, and in annotations. */
export function renamed(pod: GeneratedPod, draw: GeneratorValue): Renaming {
  // Also names that an object inherits, and names that begin or end like others.
  const start = draw(fc.constantFrom, 'x-', 'constructor', 'build-', '0');
  const names = new Set(containersOf(pod).map(({ name }) => name));
  const another = (name: string): string => `${start}${[...name].reverse().join('')}`;
  const key = (annotation: string): string => {
    const name = [...names].find((one) => annotation.endsWith(`/${one}`) || annotation.endsWith(`.${one}`));
    return name === undefined ? annotation : annotation.slice(0, -name.length) + another(name);
  };
  const list = (value: string): string =>
    value
      .split(',')
      .map((name) => (names.has(name.trim()) ? another(name.trim()) : name))
      .join(',');
  renameContainers(pod, another);
  const { annotations } = pod.metadata;
  if (annotations !== undefined) {
    pod.metadata.annotations = Object.fromEntries(
      Object.entries(annotations).map(([name, value]) => [
        key(name),
        name === 'pratique.dev/fuse-containers' ? list(value) : value,
      ]),
    );
  }
  const maybe = (name: string | undefined): string | undefined => (name === undefined ? undefined : another(name));
  return {
    pod,
    expected: ({ check, container, volume, key: own, value }) => ({
      check,
      container: maybe(container),
      volume: maybe(volume),
      key: own === undefined ? undefined : key(own),
      value: own === value ? key(value) : value,
    }),
  };
}

function renameContainers(pod: GeneratedPod, another: (name: string) => string): void {
  for (const container of containersOf(pod)) {
    container.name = another(container.name);
    for (const field of ['volumeMounts', 'volumeDevices']) {
      for (const use of (container[field] ?? []) as { name: string }[]) use.name = another(use.name);
    }
  }
  for (const volume of pod.spec.volumes ?? []) volume.name = another(volume.name);
}

/** Renames, where only the verdict is of interest. */
export const rename: Transformation = (pod, draw) => renamed(pod, draw).pod;

/** Adds a copy of a container under another name, anywhere in its list. */
export const duplicate: Transformation = (pod, draw) => {
  const { list, index, container } = someContainer(pod, draw);
  const at = draw(fc.nat, { max: index + 1 });
  list.splice(at, 0, { ...structuredClone(container), name: `${container.name}-copy` });
  return pod;
};

/** Moves a container to another list, there perhaps as a sidecar; a clean one takes its place where none is left. */
export const move: Transformation = (pod, draw) => {
  const { list, index, container } = someContainer(pod, draw);
  const others = lists.filter((name) => pod.spec[name] !== list);
  const target = others[draw(fc.nat, { max: others.length - 1 })] ?? 'containers';
  list.splice(index, 1);
  const sidecar = target === 'initContainers' && draw(fc.boolean);
  pod.spec[target] = [...(pod.spec[target] ?? []), sidecar ? { ...container, restartPolicy: 'Always' } : container];
  if (pod.spec.containers.length === 0) pod.spec.containers.push(hardenedContainer('rest'));
  return pod;
};

function someContainer({ spec }: GeneratedPod, draw: GeneratorValue) {
  const all = lists.flatMap((name) => {
    const list = spec[name] ?? [];
    return list.map((container, index) => ({ list, index, container }));
  });
  const chosen = all[draw(fc.nat, { max: all.length - 1 })];
  if (chosen === undefined) throw new Error('The pod has no container.');
  return chosen;
}
