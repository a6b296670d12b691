import { expect, test } from 'vitest';
import { filePath, fileUri } from './file-path.ts';

test.each([
  ['ci/build.yaml', 'ci/build.yaml', 'ci/build.yaml'],
  ['./ci/./build.yaml', 'ci/build.yaml', 'ci/build.yaml'],
  ['../build.yaml', '../build.yaml', '../build.yaml'],
  ['ci//build.yaml', 'ci/build.yaml', 'ci/build.yaml'],
  ['ci\\build.yaml', 'ci/build.yaml', 'ci/build.yaml'],
  ['größe 🐳.yaml', 'größe 🐳.yaml', 'gr%C3%B6%C3%9Fe%20%F0%9F%90%B3.yaml'],
  ['a#b?c%d.yaml', 'a#b?c%d.yaml', 'a%23b%3Fc%25d.yaml'],
  ['http://host/x', 'http:/host/x', 'http%3A/host/x'],
  ['/work/a b.yaml', '/work/a b.yaml', 'file:///work/a%20b.yaml'],
  ['C:\\ci\\a b.yaml', 'C:/ci/a b.yaml', 'file:///C:/ci/a%20b.yaml'],
  ['a\ud83d', 'a\ud83d', 'a%EF%BF%BD'],
  ['', '', ''],
])('%j is the path %j and the URI %j', (file, path, uri) => {
  expect(filePath(file)).toBe(path);
  expect(fileUri(file)).toBe(uri);
});
