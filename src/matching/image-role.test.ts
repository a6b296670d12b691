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
  ['acme/builder:1-rootless@sha256:0123', 'engine'],
  ['acme/builder@sha256:0123', 'engine'],
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
  ['docker/', 'daemon-by-default'],
  ['@dind', 'daemon'],
  ['acme/docker', 'engine'],
  ['mirror.example/library/docker:29', 'daemon-by-default'],
  ['gitlab.example/a/b/dependency_proxy/containers/docker:29', 'daemon-by-default'],
  ['registry.example/containers/docker', 'engine'],
  ['registry.example/dependency_proxy/docker', 'engine'],
  ['registry.example/dependency_proxy/mirror/docker', 'engine'],
  ['dind/runner', 'engine'],
  ['registry.example/acme/team/dind/runner', 'engine'],
  ['registry.example/my.dind/runner', 'engine'],
  ['dind.example/runner', undefined],
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
  ['mine-20', 'daemon-by-default'],
  ['29-windowsservercore-ltsc2025', 'engine'],
  ['29-nanoserver', 'engine'],
  ['', 'daemon-by-default'],
])('the docker image with the tag %j has the role %s', (tag, expected) => {
  expect(role(`docker:${tag}`)).toBe(expected);
});
