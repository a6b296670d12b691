import { isMap, isNode, isScalar, parse, parseDocument, type YAMLMap } from 'yaml';

/** One value of the chart, as values.yaml tells of it. */
export interface ChartValue {
  /** Keys joined by dots. */
  readonly path: string;
  readonly default: unknown;
  /** The text behind `# --`; empty where there is none. */
  readonly description: string;
  /** What `# @schema` adds to the JSON Schema of the value. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** The values below it, in order; empty for anything but an object with keys. */
  readonly children: readonly ChartValue[];
}

/** Reads the values of a chart with the comments above them; throws on YAML that cannot be read. */
export function readChartValues(text: string): readonly ChartValue[] {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) throw error;
  if (!isMap(document.contents)) throw new Error('The values are not an object.');
  const valuesOf = (map: YAMLMap, parents: readonly string[]): readonly ChartValue[] =>
    map.items.map(({ key, value }) => {
      if (!isScalar(key) || key.range == null || !isNode(value)) throw new Error(`Unreadable in ${parents.join('.')}.`);
      const path = [...parents, String(key.value)];
      return {
        path: path.join('.'),
        default: value.toJS(document),
        ...readComment(commentAbove(text.slice(0, key.range[0]))),
        children: isMap(value) ? valuesOf(value, path) : [],
      };
    });
  return valuesOf(document.contents, []);
}

/** The comment lines that end right above the key, without their `#`. */
function commentAbove(before: string): readonly string[] {
  const lines: string[] = [];
  for (const line of before.split('\n').slice(0, -1).reverse()) {
    const trimmed = line.trim();
    if (!trimmed.startsWith('#')) break;
    lines.unshift(trimmed.slice(1).trim());
  }
  return lines;
}

function readComment(lines: readonly string[]): Pick<ChartValue, 'description' | 'schema'> {
  const schema = lines.find((line) => line.startsWith('@schema '));
  const start = lines.findIndex((line) => line.startsWith('-- '));
  const described = start < 0 ? [] : lines.slice(start).filter((line) => !line.startsWith('@schema '));
  return {
    description: described.join(' ').replace(/^-- /, ''),
    schema: schema === undefined ? {} : parse(schema.slice('@schema '.length)),
  };
}
