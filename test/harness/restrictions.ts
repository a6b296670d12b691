import type { Restriction } from '../../src/checks/check.ts';
import type { Case } from './cases.ts';

/** One field of a restriction, with the alternatives in its braces spread out. */
export interface RestrictedField {
  /** Of objects of this kind. */
  readonly kind: string;
  /** As it is written, but for the braces. */
  readonly field: string;
  /** Whether a finding at this pointer, in an object of the kind, is one of this field. */
  matches(pointer: string): boolean;
}

/** Reads the fields of a restriction. */
export function restrictedFields({ kind = 'Pod', fields }: Restriction): readonly RestrictedField[] {
  return fields.flatMap(alternatives).map((field) => {
    const pattern = patternOf(field);
    return { kind, field, matches: (pointer) => pattern.test(pointer) };
  });
}

/** Where a case has its findings, with the kind of object that they are in. */
export function placesOf({ object, at }: Case): readonly { readonly kind: string; readonly pointer: string }[] {
  return at.map((pointer) => ({ kind: String(object['kind']), pointer }));
}

function alternatives(field: string): readonly string[] {
  const [all, list = ''] = /\{([^{}]*)\}/.exec(field) ?? [];
  if (all === undefined) return [field];
  return list.split(',').flatMap((one) => alternatives(field.replace(all, () => one)));
}

/** A name ends at a dot or a bracket; in brackets is a key, or a `*` for any key or index. */
function patternOf(field: string): RegExp {
  const tokens = [...field.matchAll(/\[([^\]]*)\]|…|[^.[\]…]+/g)].map(([token, key]) => {
    if (token === '…') return '(?:/[^/]+)*';
    if (token === 'containers') return '/(?:containers|initContainers|ephemeralContainers)';
    const name = key ?? token;
    // A pointer writes a slash in a key as ~1.
    return `/${name.replaceAll('/', '~1').split('*').map(RegExp.escape).join('[^/]*')}`;
  });
  return new RegExp(`^${tokens.join('')}$`);
}
