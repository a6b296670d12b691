/** Control and format characters, line and paragraph separators, and halves of surrogate pairs. */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/**
 * Makes a text of a pod's author fit for logs, terminals and records: at most `longest` characters, the last of which
 * is `…` when it was cut, with control, bidirectional and other invisible characters written as `\u{…}`.
 */
export function printable(text: string, longest = 512): string {
  const cut = text.slice(0, longest);
  if (cut.length === text.length && !unprintable.test(cut)) return text;
  const escaped = Array.from(cut, (character) =>
    unprintable.test(character) ? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}` : character,
  ).join('');
  return escaped.length > longest || cut.length < text.length ? `${escaped.slice(0, longest - 1)}…` : escaped;
}
