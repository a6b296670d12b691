import { describe, test } from 'vitest';
import { neverLoses } from './keeps.ts';
import { addUnknown, pad } from './padding.ts';

describe('no finding is lost, and no denial, when', () => {
  test('fields are added that nobody knows', () => {
    neverLoses(addUnknown, { changed: 0.9 });
  });

  test('a pod is padded to the largest that an API server takes', () => {
    neverLoses(pad, { changed: 0.9, usual: 12, together: 8 });
  });
});
