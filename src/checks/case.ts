/** A pod fragment as a cases file writes it, or a whole object of any kind that is judged. */
export interface Fragment {
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly spec?: Readonly<Record<string, unknown>>;
  /** In place of metadata and spec. */
  readonly object?: Readonly<Record<string, unknown>>;
  readonly namespace?: string;
}

/** What is done instead of a found case. */
export interface WrittenInstead extends Fragment {
  /** The settings of the site, and the allowance, that it needs. */
  readonly site?: Readonly<Record<string, unknown>>;
  readonly allow?: unknown;
}

/** A case as a cases file writes it. */
export interface WrittenCase extends WrittenInstead {
  readonly name: string;
  /** Makes as many cases, each with one of the values. */
  readonly each?: readonly string[];
  /** JSON pointers of the findings. */
  readonly at?: readonly string[];
  /** Their values, in the same order; where it is left out any will do. */
  readonly values?: readonly string[];
  /** Their messages, likewise. */
  readonly says?: readonly string[];
  /** Their places, likewise. */
  readonly places?: readonly Readonly<Record<string, string>>[];
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: what stands in a cases file
const eachMarker = '${each}';
// biome-ignore lint/suspicious/noTemplateCurlyInString: what stands in a cases file
const eachTokenMarker = '${each~1}';

/** The cases that one makes, each with a name of its own. */
export function spread({ each, ...written }: WrittenCase): readonly WrittenCase[] {
  if (each === undefined) return [written];
  return each.map((value) => {
    return { ...substituted(written, value), name: `${written.name}: ${JSON.stringify(value)}` };
  });
}

/** Replaces `${each}` by the value, and `${each~1}` by the value as a token of a JSON pointer, in keys as well. */
function substituted<T>(node: T, value: string): T {
  const token = value.replaceAll('~', '~0').replaceAll('/', '~1');
  const filled = (text: string) => text.replaceAll(eachMarker, () => value).replaceAll(eachTokenMarker, () => token);
  const replaced = (part: unknown): unknown => {
    if (typeof part === 'string') return filled(part);
    if (Array.isArray(part)) return part.map(replaced);
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([key, entry]) => [filled(key), replaced(entry)]));
  };
  return replaced(node) as T;
}

/** The whole object of a case that is written as short as it can be. */
export function objectOf(written: Fragment): Record<string, unknown> {
  return written.object === undefined ? completePod(written) : completeObject(written.object);
}

function completeObject(object: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return { ...object, metadata: { name: 'case', ...(object['metadata'] as object | undefined) } };
}

/** Makes a pod of a fragment: containers get a name and an image where they have none; one is added where none is. */
export function completePod({ metadata, spec }: Fragment): Record<string, unknown> {
  const lists = Object.fromEntries(
    (['containers', 'initContainers', 'ephemeralContainers'] as const).flatMap((list) => {
      const written = (spec?.[list] ?? (list === 'containers' ? [{}] : undefined)) as readonly object[] | undefined;
      if (written === undefined) return [];
      const prefix = { containers: 'main', initContainers: 'init', ephemeralContainers: 'debug' }[list];
      const named = written.map((container, index) => ({
        name: index === 0 ? prefix : `${prefix}-${index}`,
        image: 'registry.example/app:1',
        ...container,
      }));
      return [[list, named]];
    }),
  );
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'case', ...metadata },
    spec: { ...spec, ...lists },
  };
}
