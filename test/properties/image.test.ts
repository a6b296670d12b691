import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Check, findIn } from '../../src/checks/check.ts';
import { dindImage } from '../../src/checks/dind-image.ts';
import { engineImage } from '../../src/checks/engine-image.ts';
import { podSubject } from '../../src/kubernetes/subject.ts';
import { compileImagePatterns, formatImage, isImage, parseImage, printableImage } from '../../src/matching/image.ts';
import { runs } from './runs.ts';

const registry = fc.oneof(
  fc.constantFrom('docker.io', 'localhost', 'localhost:5000', '[::1]:5000', 'GHCR.io', 'ACME', '127.0.0.1:80'),
  fc.domain(),
);
const component = fc.stringMatching(/^[a-z0-9]{1,8}(?:(?:\.|_|__|-{1,3})[a-z0-9]{1,8}){0,2}$/);
const tag = fc.stringMatching(/^\w[\w.-]{0,20}$/);
const digest = fc.stringMatching(/^[a-f0-9]{64}$/).map((hex) => `sha256:${hex}`);
const reference = fc
  .record({
    registry: fc.option(registry),
    path: fc.array(component, { minLength: 1, maxLength: 4 }),
    tag: fc.option(tag),
    digest: fc.option(digest),
  })
  .map((one) =>
    [
      one.registry === null ? '' : `${one.registry}/`,
      one.path.join('/'),
      one.tag === null ? '' : `:${one.tag}`,
      one.digest === null ? '' : `@${one.digest}`,
    ].join(''),
  );
/** Anything, and references of which a character was changed. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: fc.constantFrom('a', 'A', '/', ':', '@', '.', '-', '_', '[', ']', ' ', 'docker', 'dind', '?') }),
  fc.tuple(reference, fc.nat(), fc.string({ maxLength: 1 })).map(([one, at, character]) => {
    const place = at % (one.length + 1);
    return one.slice(0, place) + character + one.slice(place + 1);
  }),
  reference,
);
const many = { numRuns: runs(2000) };

describe('a reference', () => {
  test('is read, or not, and shown without throwing', () => {
    fc.assert(
      fc.property(text, (one) => {
        expect(isImage(one)).toBe(parseImage(one) !== undefined);
        const shown = printableImage(one);
        expect(shown.length).toBeLessThanOrEqual(512);
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        // What a record holds of an unreadable reference must not be tolerated as if it had been readable.
        expect(isImage(shown)).toBe(isImage(one));
        expect(compileImagePatterns(['**'])(shown)).toBe(isImage(one));
        expect(
          [dindImage, engineImage].flatMap((check) =>
            check.find.pod(podSubject({ spec: { containers: [{ name: 'a', image: one }] } }, 'jobs'), {}),
          ).length > 0 ||
            isImage(one) ||
            one === '',
        ).toBe(true);
      }),
      many,
    );
  });

  test('that is well formed is read, and its normal form is its own', () => {
    fc.assert(
      fc.property(reference, (one) => {
        const image = parseImage(one);
        if (image === undefined) throw new Error(`${one} is not read`);
        const normal = formatImage(image);
        expect(parseImage(normal)).toEqual(image);
        expect(image.path).toContain(image.registry === 'docker.io' ? '/' : '');
        expect(one.endsWith(normal.slice(normal.lastIndexOf('/') + 1))).toBe(true);
        expect(compileImagePatterns([`${image.registry}/${image.path}`])(one)).toBe(true);
      }),
      many,
    );
  });
});

const daemons = [
  'docker:dind',
  'docker:24-dind-rootless',
  'docker:29-dind-alpine3.22',
  'docker',
  'docker:29',
  'library/docker:latest',
  'summerwind/actions-runner-dind',
  'codefresh/dind:29',
  'gitea/act_runner:nightly-dind',
  'docker/ucp-agent',
];
const engines = ['docker:29-cli', 'moby/buildkit:v0.32.2', 'earthly/earthly', 'kindest/node:v1.37.0', 'rancher/k3s'];

describe('no finding is lost by', () => {
  const mirrored = (known: readonly string[]) =>
    fc.record({ image: fc.constantFrom(...known), registry, prefix: fc.array(component, { maxLength: 3 }) });
  const isFound = (check: Check, image: string) =>
    findIn(check, podSubject({ spec: { containers: [{ name: 'a', image }] } }, 'jobs'), {}).length > 0;
  const inMirror = (image: string, host: string, prefix: readonly string[]) => {
    const parsed = parseImage(image);
    if (parsed === undefined) throw new Error(`${image} is not read`);
    return formatImage({ ...parsed, registry: host, path: [...prefix, parsed.path].join('/') });
  };

  test('a mirror in front of the image', () => {
    fc.assert(
      fc.property(mirrored(daemons), ({ image, registry: host, prefix }) => {
        expect(isFound(dindImage, inMirror(image, host, prefix))).toBe(true);
      }),
      many,
    );
    fc.assert(
      fc.property(mirrored(engines), ({ image, registry: host, prefix }) => {
        expect(isFound(engineImage, inMirror(image, host, prefix))).toBe(true);
      }),
      many,
    );
  });

  test('a digest, a registry in another case, or blanks around', () => {
    fc.assert(
      fc.property(mirrored(daemons), digest, ({ image, registry: host, prefix }, pinned) => {
        const full = inMirror(image, host, prefix);
        expect(isFound(dindImage, `${full}@${pinned}`)).toBe(true);
        expect(isFound(dindImage, full.replace(host, host.toUpperCase()))).toBe(true);
        expect(isFound(dindImage, ` ${full}\n`)).toBe(true);
      }),
      many,
    );
  });
});
