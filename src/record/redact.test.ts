import { expect, test } from 'vitest';
import { mayHoldUnprintable, printable, redactedImage, shortened } from './redact.ts';

test.for([
  ['docker:dind', 'docker:dind'],
  ['registry.local:5000/a/b:1@sha256:00', 'registry.local:5000/a/b:1@sha256:00'],
  ['busybox@sha256:00', 'busybox@sha256:00'],
  ['me:secret@registry.local/img', 'registry.local/img…'],
  ['me:se@cret@registry.local/img@sha256:00', 'registry.local/img@sha256:00…'],
  ['https://me:secret@registry.local/img', 'registry.local/img…'],
  ['registry.local/img?token=secret', 'registry.local/img…'],
  ['registry.local/img#secret', 'registry.local/img…'],
  ['', ''],
] as const)('the image %s is recorded as %s', ([image, recorded]) => {
  expect(redactedImage(image)).toBe(recorded);
});

test('a text is cut with an ellipsis, and never in the middle of a character', () => {
  expect(shortened('abcdef', 6)).toBe('abcdef');
  expect(shortened('abcdefg', 6)).toBe('abcde…');
  expect(shortened('abcd😀fg', 6)).toBe('abcd…');
});

test.for([
  '\u0000',
  '\u001b',
  '\n',
  '\u007f',
  '\u009b',
  '\u2028',
  '\u202e',
  '\u2066',
  '\u200b',
  '\ufeff',
  '\ud800',
  '\udc00',
])('the unprintable %j is noticed in a line, and replaced', (character) => {
  expect(mayHoldUnprintable(JSON.stringify({ name: `a${character}b` }))).toBe(true);
  expect(printable(`a${character}b`)).toBe('a\ufffdb');
});

test('printable text stays as it is', () => {
  const text = 'größe 東京 😀 /a/b "quoted" \\back';
  expect(printable(text)).toBe(text);
  expect(mayHoldUnprintable(JSON.stringify({ text: 'größe 東京 😀 "quoted"' }))).toBe(false);
});
