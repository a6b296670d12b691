import './counting.ts';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { knownCommands } from '../../../src/checks/commands.ts';
import {
  endOf,
  extendedResourceProblem,
  gatedResourceProblem,
  labelKeyProblem,
  nameProblem,
  namespacePatternProblem,
  subdomainProblem,
} from '../../../src/config/names.ts';
import { indexNamespaces } from '../../../src/config/namespaces.ts';
import { didYouMean, formatPath, quoted } from '../../../src/config/problem.ts';
import { knownImages } from '../../../src/facts/images.ts';
import { fieldPath, pointerTo, pointerTokens } from '../../../src/kubernetes/pointer.ts';
import { allowedPathProblem, compileAllowedPaths, overlapsWritable } from '../../../src/matching/allowed-paths.ts';
import { mayStart, programName, startedBy } from '../../../src/matching/command.ts';
import { mayMention, mentionedBy } from '../../../src/matching/command-text.ts';
import { namesInFuseAnnotation } from '../../../src/matching/fuse.ts';
import { compileGlob, globProblem } from '../../../src/matching/glob.ts';
import { canonicalHostPath } from '../../../src/matching/host-path.ts';
import { compileHostPaths } from '../../../src/matching/host-path-index.ts';
import {
  compileImagePatterns,
  imagePatternProblem,
  isImage,
  parseImage,
  printableImage,
} from '../../../src/matching/image.ts';
import { compileImageRoles } from '../../../src/matching/image-role.ts';
import { printable } from '../../../src/matching/printable.ts';
import { quantityEquals } from '../../../src/matching/quantity.ts';
import { redactedImage } from '../../../src/record/redact.ts';
import { traceParentOf } from '../../../src/server/traceparent.ts';
import { runs } from '../runs.ts';
import { isLinear } from './backtracks.ts';
import { hostile, textOf } from './hostile.ts';
import { superlinearInText, workOf, worksFrom } from './meter.ts';

const imageRole = compileImageRoles(knownImages);
const anyImage = compileImagePatterns(['**', 'registry.example/**/ci-*']);
const globs = ['*a*/b*', '**/a/**', 'a*b*c*d*e'].map(compileGlob);
const allowed = compileAllowedPaths([{ path: '/cache', readOnly: true, tree: true, submounts: 'accept' }]);
const variables = (value: string) => [
  { name: 'A', value },
  { name: 'B', value: `$(A)${value}` },
];

function commands(argv: readonly string[], value: string): void {
  mayStart(knownCommands, argv[0] ?? '', argv[1]);
  const started = startedBy(knownCommands, argv, variables(value));
  mentionedBy(knownCommands, argv, started, variables(value));
}

/** Everything of the product that reads a text, by itself. */
function partsFor(text: string): Readonly<Record<string, () => unknown>> {
  const entry = { path: text, readOnly: false, tree: false, submounts: 'reject' as const };
  const words = text.split(/(?<= )/);
  return {
    'a host path': () => canonicalHostPath(text),
    'a host path against allowed ones': () => allowed(text, 'ro'),
    'an allowed path': () => [
      allowedPathProblem(entry),
      compileAllowedPaths([entry]),
      overlapsWritable([entry, entry]),
    ],
    'a path of the site': () => compileHostPaths([text]),
    'an image': () => [parseImage(text), isImage(text), printableImage(text), redactedImage(text)],
    'the role of an image': () => imageRole(text),
    'an image against patterns': () => anyImage(text),
    'a pattern of images': () => [imagePatternProblem(text), compileImagePatterns([text])],
    'a quantity': () => quantityEquals(text, 1),
    'a glob': () => globProblem(text),
    'a text against globs': () => globs.map((matches) => matches(text)),
    'a namespace against globs': () => indexNamespaces([['a*b*c'], ['*']]).all(text),
    'a text for a person': () => [printable(text), printable(text, 10_000_000), quoted(text), formatPath([text])],
    'a pointer': () => [fieldPath(pointerTo('', text)), pointerTokens(`/${text}`), fieldPath(`/${text}`)],
    'a program': () => [programName(text), mayMention(knownCommands, text)],
    'a command of one word': () => commands([text], text),
    'a command of many words': () => commands(words, text),
    'a split command': () => commands(['env', '-S', text, ...words], text),
    'a script': () => commands(['sh', '-c', `${text} $(A) $(B)`], text),
    'words behind wrappers': () => commands(['tini', '--', 'nsenter', ...words], text),
    'a list of containers': () => namesInFuseAnnotation(text),
    names: () => [nameProblem, namespacePatternProblem, subdomainProblem, labelKeyProblem].map((one) => one(text)),
    resources: () => [extendedResourceProblem(text), gatedResourceProblem(text)],
    'a date': () => endOf(text),
    'a word that was meant otherwise': () => didYouMean(text, ['privileged', 'host-pid']),
    'a trace': () => traceParentOf(text),
  };
}

describe('no text makes a parser throw, or work more than in proportion:', () => {
  test('up to 100,000 characters of anything that repeats', () => {
    let scans = 0;
    fc.assert(
      fc.property(hostile, (text) => {
        const works = worksFrom(25_000, (length) => workOf(partsFor(textOf(text, length))));
        expect(superlinearInText(works)).toEqual([]);
        const long = works.flatMap((work) => work.scans).filter(({ from, to }) => to - from > 256);
        expect(long.filter((scan) => !isLinear(scan))).toEqual([]);
        scans += long.length;
      }),
      { numRuns: runs(5) },
    );
    expect(scans).toBeGreaterThan(runs(40));
  });
});

test('a glob takes time in proportion to the pattern, and to the text', () => {
  const piece = fc.constantFrom('a', '*', '**', 'a*', '*a', '/', 'b', '*/', '**/');
  fc.assert(
    fc.property(
      fc.array(piece, { minLength: 1, maxLength: 4 }),
      fc.constantFrom('a', 'ab', 'a/', '/'),
      (pieces, unit) => {
        const pattern = (times: number) =>
          pieces
            .join('')
            .repeat(times)
            .replaceAll(/\*{3,}/g, '**')
            .slice(0, 512);
        const match = (times: number, length: number) => {
          const matches = compileGlob(pattern(times));
          return workOf({ glob: () => matches(unit.repeat(length / unit.length)) });
        };
        expect(superlinearInText([match(2, 1000), match(2, 2000), match(2, 4000)])).toEqual([]);
        expect(superlinearInText([match(10, 500), match(20, 500), match(40, 500)])).toEqual([]);
      },
    ),
    { numRuns: runs(10) },
  );
});
