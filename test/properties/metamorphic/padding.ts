import fc, { type GeneratorValue } from 'fast-check';
import { hardenedContainer } from '../hardened.ts';
import type { GeneratedContainer, GeneratedPod } from '../pods.ts';
import type { Transformation } from './structure.ts';

/** Maps whose keys are their author's to choose: an unknown one is an ordinary entry, and must be text. */
const open: ReadonlySet<string> = new Set(['labels', 'annotations', 'limits', 'requests', 'nodeSelector']);

/** Names that no version of Kubernetes has, some of which every object of JavaScript inherits. */
const unknownNames = ['futureField', 'constructor', 'toString', 'valueOf', '__proto__', 'hasOwnProperty', 'length'];

const unknownValues: readonly unknown[] = [
  { hostPath: null, privileged: false, containers: [] },
  ['dockerd'],
  'x',
  0,
  1e308,
  false,
  null,
  { '': { '~': [[]] } },
];

/** Adds a field that nobody knows to each object of a pod. */
export const addUnknown: Transformation = (pod, draw) => grown(pod, '', draw) as GeneratedPod;

function grown(value: unknown, key: string, draw: GeneratorValue): unknown {
  if (Array.isArray(value)) return value.map((entry) => grown(entry, '', draw));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, one]) => [name, grown(one, name, draw)] as const);
  const name = draw(fc.constantFrom, ...unknownNames);
  const unknown = open.has(key) ? 'x' : draw(fc.constantFrom, ...unknownValues);
  const added = name in value && Object.hasOwn(value, name) ? [] : [[name, unknown] as const];
  return Object.fromEntries(draw(fc.boolean) ? [...entries, ...added] : [...added, ...entries]);
}

const padding = 'x'.repeat(4_000);

/** What an API server takes: MaxRequestBodyBytes of k8s.io/apiserver/pkg/server/config.go. */
const paddedBytes = 3 * 1024 * 1024;

/**
 * Makes a pod as large as an API server takes, with what nobody minds: clean containers and volumes around the others,
 * labels and annotations, long texts in fields that no check reads or in words that say nothing.
 */
export const pad: Transformation = (pod, draw) => {
  const { metadata, spec } = pod;
  const many = draw(fc.integer, { min: 400, max: 800 });
  const around = <T>(make: (name: string) => T, own: readonly T[]): T[] => [
    ...Array.from({ length: many }, (_, index) => make(`before-${index}`)),
    ...own,
    ...Array.from({ length: many }, (_, index) => make(`after-${index}`)),
  ];
  spec.containers = around(paddedContainer, spec.containers);
  if (draw(fc.boolean))
    spec.initContainers = around((name) => paddedContainer(`init-${name}`), spec.initContainers ?? []);
  spec.volumes = around((name) => ({ name, emptyDir: {} }), spec.volumes ?? []);
  metadata.labels = { ...texts('label', 500), ...metadata.labels, ...texts('x-label', 500) };
  metadata.annotations = { ...texts('example.com/a', 50), ...metadata.annotations, ...texts('example.com/x', 50) };
  const missing = paddedBytes - Buffer.byteLength(JSON.stringify(pod));
  if (missing > 0) pod['futureField'] = 'x'.repeat(missing);
  return pod;
};

function texts(prefix: string, many: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: many }, (_, index) => [`${prefix}-${index}`, 'x'.repeat(60)]));
}

function paddedContainer(name: string): GeneratedContainer {
  const own = name.endsWith('7')
    ? { env: [{ name: 'PAD', value: padding }], args: [padding], futureField: padding }
    : {};
  return { ...hardenedContainer(name), ...own };
}
