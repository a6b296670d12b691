/**
 * Characters that nobody should meet in a terminal or a log: C0 and C1 controls, line separators, and the marks that
 * hide or reorder text (CVE-2021-42574).
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is about.
const unprintable = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/**
 * The same in a line of JSON, where the C0 controls and lone surrogates are escapes. It also finds an escaped backslash
 * before such a letter, which costs a closer look and nothing else.
 */
const suspicious = /\\[bfnrtu]|[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;

/** Whether some string in a line of JSON may hold an unprintable character. */
export function mayHoldUnprintable(line: string): boolean {
  return suspicious.test(line);
}

/** Replaces each unprintable character, and each half of a surrogate pair, by U+FFFD. */
export function printable(text: string): string {
  return text.toWellFormed().replace(unprintable, '\ufffd');
}

/** Cuts a text to `length` UTF-16 units, with an ellipsis as the last of them, and never between two surrogates. */
export function shortened(text: string, length: number): string {
  return text.length <= length
    ? text
    : `${text
        .slice(0, length - 1)
        .toWellFormed()
        .replace(/\ufffd$/, '')}…`;
}

/**
 * An image reference without a scheme, credentials, query and fragment, none of which belongs into one.
 *
 * Where something was left out, an ellipsis is at the end: no runtime would have read it, and nobody who judges the
 * record takes it for the image that is left.
 */
export function redactedImage(reference: string): string {
  const image = withoutSecrets(reference);
  return image === reference ? image : `${image}…`;
}

function withoutSecrets(reference: string): string {
  let image = reference;
  const scheme = image.indexOf('://');
  if (scheme >= 0) image = image.slice(scheme + 3);
  for (const mark of ['?', '#']) {
    const extra = image.indexOf(mark);
    if (extra >= 0) image = image.slice(0, extra);
  }
  if (!image.includes('@')) return image;
  const slash = image.indexOf('/');
  const at = slash < 0 ? -1 : image.lastIndexOf('@', slash);
  return at < 0 ? image : image.slice(at + 1);
}
