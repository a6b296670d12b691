import { expect, test } from 'vitest';
import { compileImageRoles } from './image-role.ts';

const role = compileImageRoles([
  { repository: 'acme/builder', role: 'engine', harmlessTag: 'rootless' },
  { repository: 'acme/tool-*', role: 'daemon' },
  { repository: 'single', role: 'engine' },
]);

test.each([
  ['acme/builder', 'engine'],
  ['acme/builder:1-rootless', undefined],
  ['acme/builder:1-rootless-debug', 'engine'],
  ['registry.example/mirror/acme/builder:1', 'engine'],
  ['registry.example/megaacme/builder', undefined],
  ['acme/builder/x', undefined],
  ['acme/builder-x', undefined],
  ['acme/tool-a:2', 'daemon'],
  ['acme/tool-', 'daemon'],
  ['acme/tool-a/b', undefined],
  ['single', 'engine'],
  ['x/single:1', 'engine'],
  ['single.example/app', undefined],
  ['Acme/Builder', 'engine'],
  [' acme/builder', 'engine'],
  ['docker', 'daemon-by-default'],
  ['docker:29-cli', 'engine'],
  ['docker:dind', 'daemon'],
  ['docker:29 dind', 'daemon'],
  ['x:1-not-dindish', undefined],
  ['', undefined],
  ['/', undefined],
  ['@', undefined],
])('%j has the role %s', (reference, expected) => {
  expect(role(reference)).toBe(expected);
});

test.each([
  ['20', 'engine'],
  ['20.10.25', 'engine'],
  ['1docker', 'daemon-by-default'],
  ['v19.03', 'engine'],
  ['1.13-rc', 'engine'],
  ['23', 'daemon-by-default'],
  ['22.06-rc', 'daemon-by-default'],
  ['git', 'daemon-by-default'],
  ['29-git', 'daemon-by-default'],
  ['edge', 'engine'],
  ['test-git', 'engine'],
  ['mine', 'daemon-by-default'],
  ['', 'daemon-by-default'],
])('the docker image with the tag %j has the role %s', (tag, expected) => {
  expect(role(`docker:${tag}`)).toBe(expected);
});
