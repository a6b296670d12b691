import { type Json, records, text } from './oracle-pod.ts';

type Values = ReadonlyMap<string, string>;

/**
 * The words that a container is started with. "References `$(VAR_NAME)` are expanded using the container's environment. If
 * a variable cannot be resolved, the reference will be unchanged. Double `$$` are reduced to a single `$`": the reference
 * of Container, `command` and `args`. A value may refer to variables before it, and is expanded before it is used.
 */
export function startedWords(container: Json, words: readonly string[]): readonly string[] {
  const values = new Map<string, string>();
  for (const variable of records(container['env'])) {
    if (comesFromElsewhere(variable)) continue;
    values.set(text(variable['name']), expanded(text(variable['value']), values));
  }
  return words.map((word) => expanded(word, values));
}

/** The words that a container is probed with: of its variables the kubelet takes what is written, were it nothing. */
export function probedWords(container: Json, words: readonly string[]): readonly string[] {
  const values = new Map(records(container['env']).map(({ name, value }) => [text(name), text(value)]));
  return words.map((word) => expanded(word, values));
}

/** Whether a variable gets its value from a Secret, a ConfigMap, a file or a field, which nobody knows here. */
function comesFromElsewhere(variable: Json): boolean {
  return text(variable['value']) === '' && (variable['valueFrom'] ?? null) !== null;
}

function expanded(word: string, values: Values): string {
  let result = '';
  for (let i = 0; i < word.length; i++) {
    const two = word.slice(i, i + 2);
    const end = two === '$(' ? word.indexOf(')', i) : -1;
    if (end >= 0) {
      const name = word.slice(i + 2, end);
      result += values.get(name) ?? `$(${name})`;
      i = end;
    } else {
      result += word[i] ?? '';
      if (two === '$$') i++;
    }
  }
  return result;
}
