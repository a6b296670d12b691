/** Longest text that a glob is held against; nothing that Kubernetes names is longer. */
const longestText = 4096;

/** Says what is wrong with a glob, or undefined: only `*` (within one `/` segment) and `**` (across them) are special. */
export function globProblem(pattern: string): string | undefined {
  if (pattern === '') return 'is empty';
  if (pattern.length > 512) return 'is longer than 512 characters';
  if (pattern.includes('***')) return 'has more than two * in a row';
  const unsupported = /[?[\]{}\\!\s]/.exec(pattern)?.[0];
  return unsupported === undefined ? undefined : `has ${JSON.stringify(unsupported)}: only * and ** are special`;
}

/** Whether a pattern has a wildcard, so that it may match names nobody has thought of. */
export function isGlob(pattern: string): boolean {
  return pattern.includes('*');
}

/**
 * Compiles a glob into a test of the whole text.
 *
 * `*` stands for any run of characters but `/`, `**` for any run. Time is at most pattern × text; a text longer than
 * 4,096 characters never matches.
 */
export function compileGlob(pattern: string): (text: string) => boolean {
  if (!isGlob(pattern)) return (text) => text === pattern;
  const parts = pattern.split(/(\*{1,2})/);
  return (text) => text.length <= longestText && matches(parts, text);
}

/** Carries the set of positions that each part of the pattern can end at. */
function matches(parts: readonly string[], text: string): boolean {
  let ends: ReadonlySet<number> = new Set([0]);
  for (const part of parts) {
    const next = new Set<number>();
    for (const start of ends) {
      if (part === '*' || part === '**') {
        for (let end = start; end <= text.length && !next.has(end); end++) {
          next.add(end);
          if (part === '*' && text[end] === '/') break;
        }
      } else if (text.startsWith(part, start)) next.add(start + part.length);
    }
    if (next.size === 0) return false;
    ends = next;
  }
  return ends.has(text.length);
}

/** Writes a glob as an anchored regular expression, for engines that have no globs: the syntax of RE2 and JavaScript. */
export function globRegex(pattern: string): string {
  const parts = pattern.split(/(\*{1,2})/).map((part) => {
    if (part === '*') return '[^/]*';
    return part === '**' ? '.*' : part.replace(/[\\^$.+?()[\]{}|]/g, '\\$&');
  });
  return `^${parts.join('')}$`;
}
