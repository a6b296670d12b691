import { all, type Cel, text, textMap, type Variable } from './cel.ts';

/** The object of a request, or the one that it replaces: the same is looked for in both. */
export interface View {
  readonly object: 'object' | 'oldObject';
  /** Behind the names of its variables. */
  readonly suffix: '' | 'Old';
}

export const now: View = { object: 'object', suffix: '' };
export const before: View = { object: 'oldObject', suffix: 'Old' };

/** Reads a variable of the view. */
export function read(view: View, name: string): Cel {
  return `variables.${name}${view.suffix}`;
}

/** A finding as CEL: expressions of text. */
export interface Told {
  readonly check: string;
  readonly container?: Cel;
  readonly volume?: Cel;
  /** A label's or an annotation's key. */
  readonly key?: Cel;
  readonly value: Cel;
  /** The field, as messages name it. */
  readonly at: Cel;
  /** A clause without the field. */
  readonly says: Cel;
  /** What allowances read beside the value. */
  readonly fields?: Readonly<Record<string, Cel>>;
}

/** A finding: a map of texts; of what was there before only the key, by which the update rule compares. */
export function finding(view: View, told: Told): Cel {
  const { check, container = "''", volume = "''", key = "''", value } = told;
  const same = `${text(`${check}|`)} + ${container} + '|' + ${volume} + '|' + ${key} + '|' + ${value}`;
  if (view === before) return same;
  const fields = {
    check: text(check),
    same,
    container,
    value,
    at: told.at,
    says: `${told.says} + ' (' + ${told.at} + ').'`,
    ...told.fields,
  };
  return textMap(fields);
}

/** The variables that hold the three lists of containers. */
const containerLists = [
  ['containers', 'mains'],
  ['initContainers', 'inits'],
  ['ephemeralContainers', 'debugs'],
] as const;

/** Variables of the three lists, empty where there is none. */
export function containerVariables(view: View): readonly Variable[] {
  return containerLists.map(([list, name]) => ({
    name: `${name}${view.suffix}`,
    expression: `${view.object}.spec.?${list}.orValue([])`,
  }));
}

/**
 * A list of findings for each list of containers; in the condition and the finding `c` is the container and `at` its
 * field.
 */
export function overContainers(view: View, condition: Cel, told: (at: Cel) => Told): Cel {
  const lists = containerLists.map(([list, name]) => {
    const at = `${text(`spec.${list}[`)} + string(i) + ']`;
    return `${read(view, name)}.transformList(i, c, ${condition}, ${finding(view, told(`${at}'`))})`;
  });
  return `[${lists.join(', ')}]`;
}

/** Whether some container fulfils a condition on `c`. */
export function someContainer(view: View, condition: Cel): Cel {
  return `(${containerLists.map(([, name]) => `${read(view, name)}.exists(c, ${condition})`).join(' || ')})`;
}

/** Whether all containers fulfil a condition on `c`. */
export function everyContainer(view: View, condition: Cel): Cel {
  return all(containerLists.map(([, name]) => `${read(view, name)}.all(c, ${condition})`));
}

/** The lists that an expression makes of each container, one after the other. */
export function eachContainer(view: View, body: Cel): Cel {
  return containerLists.map(([, name]) => `${read(view, name)}.map(c, ${body})`).join(' + ');
}
