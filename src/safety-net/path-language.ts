import { linuxAliases } from '../matching/host-path-linux.ts';
import { deviceNames, driveAliases } from '../matching/host-path-windows.ts';
import { type Link, languageOf, literal, loopOf } from './path-automaton.ts';

/**
 * Writes places of a node as one regular expression of cleaned Linux paths: it matches what is, lies inside of, or holds
 * one of them, under every name that the aliases give a path.
 *
 * CEL has no recursion, so that the closure of the aliases is taken here: they rewrite prefixes only, and what a set of
 * prefixes can be rewritten to is a regular language. The syntax is that of RE2, and of JavaScript as well.
 *
 * Places are canonical; with `wildcards` their segments may have one `*`. Linux only: what may be meant for Windows is
 * the business of the caller.
 */
export function pathLanguage(places: readonly string[], wildcards: boolean): string {
  const linux = places.filter((place) => place.startsWith('/') && !place.startsWith('//'));
  const written = linux.map((place) => segmentsOf(place).map(wildcards ? starSegment : literal));
  return languageOf(written, linuxLinks, '/|');
}

/**
 * The same of places of Windows, for paths as `windowsPath` in paths.ts writes them: in lower case, `/c:/…` and `/@/…`
 * for the device namespace; undefined where there is no such place.
 */
export function windowsLanguage(places: readonly string[], wildcards: boolean): string | undefined {
  const windows = places.filter((place) => !place.startsWith('/') || place.startsWith('//'));
  const written = windows.map((place) => {
    const [first = '', ...rest] = segmentsOf(place.startsWith('//.') ? `@${place.slice(3)}` : place);
    return [literal(first), ...rest.map((segment) => windowsSegment(segment, wildcards))];
  });
  return written.length === 0 ? undefined : languageOf(written, windowsLinks, '');
}

/** What the file system of Windows takes no notice of at the end of a name: dots, blanks, and a stream. */
const trailing = '[ .]*(?::[^/]*)?';

/** A name with its 8.3 form, of which at most two characters are known. */
function windowsSegment(segment: string, wildcards: boolean): string {
  if (wildcards && segment.includes('*')) return starSegment(segment) + trailing;
  const [first = '', second] = segment;
  const short = `${literal(first)}${second === undefined ? '' : `(?:${literal(second)}[^~/]{0,4})?`}~\\d[^/]*`;
  return `(?:${literal(segment)}${trailing}|${short})`;
}

/** The regular expression of the prefixes by which a cleaned path is one from the root again, such as `/proc/1/root`. */
export function rootLanguage(): string {
  return loopOf(linuxLinks);
}

/** The regular expression of an alias's beginning, without anchors. */
export function aliasPattern(from: string): string {
  return segmentsOf(from)
    .map((segment) => `/${aliasSegment(segment)}`)
    .join('');
}

/** Whether an alias begins strictly below a cleaned path. */
export function aliasBelow(from: string, path: string): boolean {
  const segments = segmentsOf(path);
  const patterns = segmentsOf(from).map(aliasSegment);
  if (patterns.length <= segments.length) return false;
  return segments.every((segment, index) => new RegExp(`^${patterns[index] ?? ''}$`).test(segment));
}

function starSegment(segment: string): string {
  if (segment === '*') return '[^/]+';
  return segment.split('*').map(literal).join('[^/]*');
}

function aliasSegment(segment: string): string {
  if (segment === '<number>') return '\\d+';
  if (segment === '<task>') return '(?:self|thread-self|\\d+)';
  return starSegment(segment);
}

const linuxLinks: readonly Link[] = linuxAliases.map(({ from, to }) => ({
  from: segmentsOf(from).map(aliasSegment),
  to: segmentsOf(to),
}));

const { namespaces, servers, volume } = deviceNames;
const windowsLinks: readonly Link[] = [
  ...driveAliases.map(({ from, to }) => {
    const [drive = '', ...rest] = segmentsOf(from);
    return { from: [literal(drive), ...rest.map((segment) => literal(segment) + trailing)], to: segmentsOf(to) };
  }),
  ...[...namespaces, '?'].map((name) => deviceLink(literal(name), '@')),
  deviceLink('c:', 'c:'),
  deviceLink('c\\$', 'c:'),
  deviceLink('(?:admin\\$|systemroot)', 'c:', 'windows'),
  deviceLink('namedpipe', '@', 'pipe'),
  deviceLink('ipc\\$', '@', 'pipe'),
  deviceLink('ipc\\$', '@'),
  deviceLink(`(?:${volume.source.replace(/^\^|\$$/g, '').replaceAll('.*', '[^/]*')})`, 'c:'),
  deviceLink(`(?:${volume.source.replace(/^\^|\$$/g, '').replaceAll('.*', '[^/]*')})`, '@'),
  { from: ['@', `(?:${[...servers].join('|')})${trailing}`, '[^/]+'], to: ['@'] },
];

function deviceLink(name: string, ...to: readonly string[]): Link {
  return { from: ['@', name === 'c:' ? name : name + trailing], to };
}

function segmentsOf(path: string): readonly string[] {
  return path.split('/').filter((segment) => segment !== '');
}
