import { containerSecurityFields, type KnownFields, podSecurityFields } from '../facts/security-context-fields.ts';
import { pointerTo } from '../kubernetes/pointer.ts';
import { type Check, type Finding, none, type Parameter, type Shape } from './check.ts';
import { type Field, findingAt, findingIn, shown } from './findings.ts';

const heading = { id: 'unknown-security-context', severity: 'medium' } as const;

/** Tells of fields of a securityContext that this version does not know. */
export const unknownSecurityContext = {
  ...heading,
  title: 'Unknown field of a securityContext',
  why:
    'A Kubernetes release may bring a field that lets a container out. A check that does not know it would admit it, ' +
    'so where only what is known to be safe may pass, what is not known is denied.',
  remedy: 'Update Pratique, or allow the field by its name once it is known to be safe.',
  restricts: [
    {
      fields: ['spec.securityContext….*', 'spec.containers[*].securityContext….*'],
      allowed: 'the fields of Kubernetes 1.37, and those of the allowance',
    },
  ],
  site: {},
  allow: {
    fields: { kind: 'names', description: 'Fields that are known here, each by its path below securityContext.' },
  },
  find: {
    pod(subject) {
      const paths: Field[] = [];
      collect(subject.spec.securityContext, podSecurityFields, [], paths);
      let findings: Finding[] | undefined = paths.length === 0 ? undefined : [];
      for (const path of paths) {
        const pointer = pointerTo(subject.specAt, 'securityContext', ...path);
        findings?.push(findingAt(heading, pointer, {}, { words: `the pod ${words(path)}`, value: path.join('.') }));
      }
      for (const container of subject.containers) {
        paths.length = 0;
        collect(container.value.securityContext, containerSecurityFields, [], paths);
        for (const path of paths) {
          findings ??= [];
          const told = { words: words(path), value: path.join('.') };
          findings.push(findingIn(heading, container, ['securityContext', ...path], told));
        }
      }
      return findings ?? none;
    },
  },
  permits: ({ value }, { fields }) => fields?.has(value) === true,
} as const satisfies Check<Shape, { fields: Parameter<'names'> }>;

function collect(context: object | null | undefined, known: KnownFields, above: Field, paths: Field[]): void {
  if (context == null) return;
  const values = context as Readonly<Record<string, unknown>>;
  for (const name in values) {
    const value = values[name];
    if (value == null) continue;
    const below = known.get(name);
    if (below === undefined) paths.push([...above, name]);
    else if (below !== null && typeof value === 'object') collect(value, below, [...above, name], paths);
  }
}

function words(path: Field): string {
  return `sets securityContext.${shown(path.join('.'))}, which this version of Pratique does not know`;
}
