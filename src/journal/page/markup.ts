import { html as escapedHtml } from 'ghtml';

const markup = Symbol('markup');

/** HTML that `html` made: only such may stand in a page unescaped. */
export interface Html {
  readonly [markup]: string;
}

/** What a template may hold. Texts and numbers are escaped; parts after a `!` are HTML, several in a row, or nothing. */
export type Hole = string | number | Html | readonly Html[] | undefined;

/** Nothing. */
export const nothing: Html = { [markup]: '' };

/**
 * Writes HTML from a template: `${text}` is escaped, `!${part}` is HTML of another `html`.
 *
 * Throws when a text stands where HTML is said to be: ghtml would let it through as it is, and whoever names a pod
 * would write the page.
 */
export function html(literals: TemplateStringsArray, ...holes: readonly Hole[]): Html {
  const values = holes.map((hole, index) => escapable(hole, literals.raw[index]?.endsWith('!') === true));
  return { [markup]: escapedHtml(literals, ...values) };
}

/** The HTML as text, for the response. */
export function textOf(part: Html): string {
  return part[markup];
}

function escapable(hole: Hole, isRaw: boolean): string {
  if (hole === undefined) return '';
  if (typeof hole === 'string' || typeof hole === 'number') {
    if (isRaw) throw new TypeError('A text stands where a template expects HTML.');
    return String(hole);
  }
  if (!isRaw) throw new TypeError('HTML stands where a template expects a text.');
  return isParts(hole) ? hole.map(textOf).join('') : textOf(hole);
}

function isParts(hole: Html | readonly Html[]): hole is readonly Html[] {
  return Array.isArray(hole);
}
