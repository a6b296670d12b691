import { aliases, engineEntries, nodeEntries, type Segments, socketNames, split } from './oracle-path-entries.ts';

/** What one host path gives: an engine, the node, both or neither; or nobody can say, because it is unreadable. */
interface PathJudgement {
  readonly unreadable: boolean;
  readonly engine: boolean;
  readonly node: boolean;
}

/** Whether one segment is what a pattern's segment says. */
function segmentMatches(pattern: string, segment: string): boolean {
  if (pattern === '{pid}') {
    return segment === 'self' || segment === 'thread-self' || /^[0-9]+$/.test(segment);
  }
  if (pattern === '{number}') return /^[0-9]+$/.test(segment);
  const [before, after] = pattern.split('*');
  if (before === undefined || after === undefined) {
    return pattern === segment;
  }
  return segment.length >= before.length + after.length && segment.startsWith(before) && segment.endsWith(after);
}

/** Whether two paths agree as far as the shorter one goes: they are equal, or one is an ancestor of the other. */
function onOneLine(entry: Segments, path: Segments): boolean {
  for (let i = 0; i < entry.length && i < path.length; i++) {
    if (!segmentMatches(entry[i] ?? '', path[i] ?? '')) {
      return false;
    }
  }
  return true;
}

/** The path with the alias's name replaced by the other one, when it begins with that name. */
function rewrite(path: Segments, from: Segments, to: Segments): Segments | undefined {
  return path.length >= from.length && onOneLine(from, path) ? [...to, ...path.slice(from.length)] : undefined;
}

/** The path and every other name that it may have. */
function closure(start: Segments): readonly Segments[] {
  const forms: Segments[] = [start];
  const seen = new Set([start.join('/')]);
  for (const form of forms) {
    for (const [from, to] of aliases) {
      const other = rewrite(form, from, to);
      if (other !== undefined && !seen.has(other.join('/'))) {
        seen.add(other.join('/'));
        forms.push(other);
      }
    }
  }
  return forms;
}

/** Whether Windows would read this path in its own way: any with a backslash, whatever the pod says about its system. */
function isWindows(path: string): boolean {
  return /^[A-Za-z]:/.test(path) || path.includes('\\') || path.startsWith('//./') || path.startsWith('//?/');
}

/** The path as Windows reads it; one that names no drive is taken to be on C:, and `device:` stands for `\\.`. */
function windowsReading(path: string): Segments {
  const slashed = path.replaceAll('\\', '/').toLowerCase();
  const isDevice = slashed.startsWith('//./') || slashed.startsWith('//?/');
  const plain = (isDevice ? slashed.slice(4) : slashed).replace(/^([a-z]:)(?!\/)/, '$1/');
  const segments = split(
    plain
      .split('/')
      .map((segment) => segment.replace(/[. ]+$/, ''))
      .join('/'),
  );
  if (/^[a-z]:$/.test(segments[0] ?? '')) return segments;
  return [isDevice ? 'device:' : 'c:', ...segments];
}

/** Every canonical form of a path, or undefined when it cannot be read. */
function canonicalForms(path: string): readonly Segments[] | undefined {
  // Also between backslashes: a node with Windows would take that for the directory above.
  if (path === '' || /\p{Cc}/u.test(path) || path.split(/[\\/]/).includes('..')) {
    return undefined;
  }
  const readings = isWindows(path) ? [split(path), windowsReading(path)] : [split(path)];
  return readings.flatMap(closure);
}

/** Whether the last segment is the name of an engine's socket, wherever it is. */
function isSocketName(path: Segments): boolean {
  const last = path.at(-1) ?? '';
  return socketNames.some((name) => last === `${name}.sock` || last === `${name}.sock.ttrpc`);
}

function reaches(forms: readonly Segments[], entries: readonly Segments[]): boolean {
  return forms.some((form) => entries.some((entry) => onOneLine(entry, form)));
}

/** What a host path gives to who mounts it. */
export function judgePath(path: string): PathJudgement {
  const forms = canonicalForms(path);
  if (forms === undefined) {
    return { unreadable: true, engine: false, node: false };
  }
  return {
    unreadable: false,
    engine: reaches(forms, engineEntries) || forms.some(isSocketName),
    node: reaches(forms, nodeEntries),
  };
}
