import { printable } from '../matching/printable.ts';
import type { ObjectResult, ReadError, TextPlace } from './result.ts';

/** The longest text of a manifest that is shown whole, in UTF-16 units. */
const longestText = 1000;

/**
 * Makes a text of a manifest's author fit for a terminal and a job log: printable, at most 1,000 characters, and no
 * command to the CI system that reads the log.
 *
 * GitHub's runner obeys `##[…]` and Azure's agent `##vso[…]` anywhere in a line, and GitHub's `::…::` at its start.
 */
export function shown(text: string, longest = longestText): string {
  return printable(text, longest)
    .replaceAll('##', '#\\u{23}')
    .replace(/^(\s*):(?=:)/, '$1\\u{3a}');
}

/** The name of a file, whole, since people open it by that name; empty for an object of a cluster. */
export function shownFile(file: string): string {
  return file === '-' ? '(standard input)' : shown(file, Number.POSITIVE_INFINITY);
}

/** An object as kubectl names it, with its namespace: `Pod ci/build`. */
export function shownObject({ kind, namespace, name }: Pick<ObjectResult, 'kind' | 'namespace' | 'name'>): string {
  const named = name === '' ? '(unnamed)' : name;
  return `${shown(kind === '' ? '(no kind)' : kind)} ${shown(namespace === '' ? named : `${namespace}/${named}`)}`;
}

/** A place as editors and terminals read it: `12:7`. */
export function shownPlace({ line, column }: TextPlace): string {
  return `${line}:${column}`;
}

/** What is wrong with a document; which one it is, counted from 1 as people do, where no line says so. */
export function shownError({ document, at, message }: ReadError): string {
  return at === undefined && document !== undefined ? `document ${document + 1}: ${shown(message)}` : shown(message);
}
