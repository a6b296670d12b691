import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { diagnosisIds } from '../../src/doctor/examine.ts';

const page = readFileSync(new URL('../../docs/doctor.md', import.meta.url), 'utf8');

test('the page tells of every diagnosis, and of no other', () => {
  const [, table = ''] = page.split('| id | severity | what is wrong |');
  const cells = [...table.matchAll(/^\| ((?:`[a-z-]+`(?:, )?)+) \|/gm)].map(([, cell = '']) => cell);
  const told = cells.flatMap((cell) => cell.split(', ').map((id) => id.slice(1, -1)));
  expect(told.toSorted()).toEqual(diagnosisIds);
});
