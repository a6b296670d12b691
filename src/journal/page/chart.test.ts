import { expect, it } from 'vitest';
import { barChart, shares } from './chart.ts';
import { textOf } from './markup.ts';

const series = [
  { key: 'deny', name: 'Denied' },
  { key: 'patch', name: 'Patched' },
];

it('stacks bars of one scale, and leaves series out that count nothing', () => {
  const bars = [
    { tick: 'Mon', name: 'Monday', counts: { deny: 40 }, href: '/a' },
    { tick: 'Tue', name: 'Tuesday', counts: { deny: 100 }, href: '/b' },
    { tick: undefined, name: 'Wednesday', counts: {}, href: '/c' },
  ];
  const svg = textOf(barChart(bars, series));
  const heights = [...svg.matchAll(/<rect x="[\d.]+" width="[\d.]+" y="[\d.]+" height="([\d.]+)"/g)].map(([, height]) =>
    Number(height),
  );
  // Wide and narrow, each with two bars.
  expect(heights).toHaveLength(4);
  expect((heights[0] ?? 0) / (heights[1] ?? 1)).toBeCloseTo(0.4, 2);
  expect(svg).toContain('Monday\nDenied: 40');
  expect(svg).toContain('Wednesday\nnothing');
  expect(svg).not.toContain('Patched');
});

it('draws nothing that is not a number, whatever it counts', () => {
  for (const counts of [{}, { deny: 0 }, { deny: 1 }, { deny: Number.MAX_SAFE_INTEGER, patch: 3 }]) {
    const svg =
      textOf(barChart([{ tick: 'x', name: 'x', counts, href: '/' }], series)) +
      textOf(shares(counts, ['deny', 'patch'], 0));
    expect(svg).not.toMatch(/NaN|Infinity|undefined|e\+/);
  }
});
