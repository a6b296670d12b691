import { describe, expect, test } from 'vitest';
import { parsePageVerdict, parseVerdict, writtenVerdict } from '../harness/verdict.ts';
import { readPage, readPlaces } from '../harness/verdict-places.ts';

const block = (marking: string) => `${marking}\n\`\`\`yaml\nkind: Pod\n\`\`\`\n`;

test('every YAML block of the docs and every file of deploy/ has a verdict that can be read', () => {
  const { problems, blocks, files, quotations } = readPlaces();
  expect(problems).toEqual([]);
  expect(blocks.length).toBeGreaterThan(150);
  expect(files.length).toBeGreaterThan(90);
  expect(quotations.length).toBeGreaterThan(10);
});

describe('a verdict', () => {
  test('says the outcome, and then what else is to be known', () => {
    const text = 'deny privileged dind-image; warns engine-image; under deploy/x.yaml; in ci; leads to a.yaml b.yaml';
    expect(parseVerdict(text)).toMatchObject({
      outcome: 'deny',
      names: ['dind-image', 'privileged'],
      warns: ['engine-image'],
      under: 'deploy/x.yaml',
      namespace: 'ci',
      leadsTo: ['a.yaml', 'b.yaml'],
    });
    expect(writtenVerdict(parseVerdict(text))).toBe('deny dind-image privileged; warns engine-image');
  });

  test('has the configuration and the namespace of its page, unless it says another', () => {
    const page = parsePageVerdict('under deploy/x.yaml; in ci');
    expect(parseVerdict('allow', page)).toMatchObject({ under: 'deploy/x.yaml', namespace: 'ci' });
    expect(parseVerdict('allow; under default; in jobs', page)).toMatchObject({ under: undefined, namespace: 'jobs' });
  });

  test.each([
    ['denied', 'is no verdict'],
    ['deny', 'needs a name'],
    ['allow privileged', 'takes no name'],
    ['not-applied because', 'is no reason not to apply'],
    ['allow; warns', 'is no clause'],
    ['allow; alone together', 'is no clause'],
    ['allow; somewhere', 'is no clause'],
  ])('"%s" is refused', (text, problem) => {
    expect(() => parseVerdict(text)).toThrow(problem);
  });
});

describe('a page', () => {
  test.each([
    ['a block without a verdict', block('Text.'), 'a YAML block without'],
    ['a verdict that is not on the line above', block('<!-- verdict: allow -->\n'), 'a YAML block without'],
    ['a verdict that cannot be read', block('<!-- verdict: fine -->'), 'is no verdict'],
    ['a block without an end', '<!-- verdict: allow -->\n```yaml\nkind: Pod\n', 'has no end'],
    ['a row that cannot be read', '| [a](a.yaml) | `verdict: fine` | a |', 'is no verdict'],
  ])('with %s has a problem', (_, text, problem) => {
    expect(readPage('docs/page.md', text).problems).toEqual([expect.stringContaining(problem)]);
  });

  test('has its blocks without their indentation, its rows by the path from the top, and its quotations', () => {
    const text = [
      '<!-- verdicts: under deploy/x.yaml; in ci -->',
      '- A list:',
      '  <!-- verdict: allow -->',
      '  ```yml',
      '  kind: Pod',
      '  ```',
      '| [a](../deploy/a.yaml) | `verdict: deny privileged` | what |',
      '<!-- denial of deploy/a.yaml -->',
      '```text',
      'denied',
      '```',
    ].join('\n');
    const { blocks, rows, quotations, problems } = readPage('docs/page.md', text);
    expect(problems).toEqual([]);
    expect(blocks).toEqual([
      { place: 'docs/page.md:4', text: 'kind: Pod\n', verdict: parseVerdict('allow; under deploy/x.yaml; in ci') },
    ]);
    expect(rows).toMatchObject([{ target: 'deploy/a.yaml', verdict: { outcome: 'deny', namespace: 'ci' } }]);
    expect(quotations).toEqual([{ place: 'docs/page.md:9', text: 'denied\n', file: 'deploy/a.yaml' }]);
  });
});
