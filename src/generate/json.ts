const widest = 120;

/** Writes JSON as the formatter of this repository leaves it: objects on several lines, short lists on one. */
export function formatJson(value: unknown): string {
  return `${print(value, 0, 0)}\n`;
}

/** `used` is the width that stands before the value on its line; a comma may follow. */
function print(value: unknown, depth: number, used: number): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return printList(value, depth, used);
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  if (entries.length === 0) return '{}';
  const inner = '  '.repeat(depth + 1);
  const lines = entries.map(([key, one]) => {
    const head = `${inner}${JSON.stringify(key)}: `;
    return head + print(one, depth + 1, head.length);
  });
  return `{\n${lines.join(',\n')}\n${'  '.repeat(depth)}}`;
}

function printList(list: readonly unknown[], depth: number, used: number): string {
  if (list.every((one) => typeof one !== 'object' || one === null || Object.keys(one).length === 0)) {
    const line = `[${list.map((one) => JSON.stringify(one)).join(', ')}]`;
    if (used + line.length + 1 <= widest) return line;
  }
  const inner = '  '.repeat(depth + 1);
  const lines = list.map((one) => inner + print(one, depth + 1, inner.length));
  return `[\n${lines.join(',\n')}\n${'  '.repeat(depth)}]`;
}
