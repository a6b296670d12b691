import { celString } from '../admission/registration.ts';

/** An expression of CEL. */
export type Cel = string;

/** A variable of a policy: evaluated when it is first read, and then remembered. */
export interface Variable {
  readonly name: string;
  readonly expression: Cel;
}

/** A text as CEL. */
export function text(value: string): Cel {
  return celString(value);
}

/** A regular expression as CEL: raw, where it has no quote. */
export function regex(pattern: string): Cel {
  return pattern.includes("'") ? celString(pattern) : `r'${pattern}'`;
}

/** A list of texts as CEL. */
export function texts(values: Iterable<string>): Cel {
  return `[${[...values].map(text).join(', ')}]`;
}

/** All of the conditions; true where there is none. */
export function all(conditions: readonly Cel[]): Cel {
  const told = conditions.filter((condition) => condition !== 'true');
  return joined(told, '&&', 'true');
}

/** Any of the conditions; false where there is none. */
export function any(conditions: readonly Cel[]): Cel {
  if (conditions.includes('true')) return 'true';
  return joined(
    conditions.filter((condition) => condition !== 'false'),
    '||',
    'false',
  );
}

function joined(conditions: readonly Cel[], operator: string, none: Cel): Cel {
  const [only = none, second] = conditions;
  // What binds less than its surroundings is put in parentheses, also alone: `!a in b` is `(!a) in b`.
  if (second === undefined) return only.includes(' ') ? `(${only})` : only;
  return `(${conditions.join(` ${operator} `)})`;
}

/** Binds a name to a value: CEL of the API server has no `let`, but a list of one can be mapped. */
export function bound(name: string, value: Cel, body: Cel): Cel {
  return `[${value}].map(${name}, ${body})[0]`;
}

/** A condition as a list of lists: the one list where it holds. */
export function listsWhere(condition: Cel, lists: Cel): Cel {
  if (condition === 'true') return lists;
  return condition === 'false' ? '[]' : `${condition} ? (${lists}) : []`;
}

/** A map of texts; what is not known to be a text is made one, since a map has one type of value. */
export function textMap(fields: Readonly<Record<string, Cel>>): Cel {
  const entries = Object.entries(fields).map(([name, value]) => {
    return `${text(name)}: ${/^'[^']*'$/.test(value) ? value : `string(${value})`}`;
  });
  return `{${entries.join(', ')}}`;
}
