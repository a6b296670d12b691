import { stack } from 'd3-shape';
import { number } from './layout.ts';
import { type Html, html, nothing } from './markup.ts';

/** One kind of thing that is counted. */
export interface Series {
  /** Chooses the colour: the class `f-<key>`. */
  readonly key: string;
  readonly name: string;
}

/** One bar. */
export interface Bar {
  /** What stands below it, where there is room; undefined for nothing. */
  readonly tick: string | undefined;
  /** What it is of, for its tooltip. */
  readonly name: string;
  readonly counts: Readonly<Record<string, number>>;
  /** Where what it counts is listed. */
  readonly href: string;
}

interface Frame {
  readonly size: 'large' | 'small';
  readonly width: number;
  readonly height: number;
  /** Left of the bars, for the numbers of the axis. */
  readonly left: number;
  /** How many words fit below the bars. */
  readonly ticks: number;
}

const frames: readonly Frame[] = [
  { size: 'large', width: 960, height: 230, left: 52, ticks: 8 },
  { size: 'small', width: 340, height: 200, left: 44, ticks: 3 },
];
const below = 24;
const above = 8;

/**
 * Stacked bars as SVG, once for wide screens and once for narrow ones, of which the style shows one.
 *
 * It is hidden from screen readers, and its links from the keyboard: the table beside it tells the same and has the
 * same links.
 */
export function barChart(bars: readonly Bar[], series: readonly Series[]): Html {
  const present = series.filter(({ key }) => bars.some(({ counts }) => (counts[key] ?? 0) > 0));
  return html`!${frames.map((frame) => drawing(frame, bars, present))}!${legend(present)}`;
}

function legend(series: readonly Series[]): Html {
  const items = series.map(({ key, name }) => html`<li><span class="state ${key}">${name}</span></li>`);
  return html`<ul class="legend">!${items}</ul>`;
}

function drawing(frame: Frame, bars: readonly Bar[], series: readonly Series[]): Html {
  const { size, width, height, left } = frame;
  const highest = niceAbove(Math.max(1, ...bars.map(({ counts }) => totalOf(counts))));
  const plot = { top: above, bottom: height - below, step: (width - left) / Math.max(1, bars.length) };
  const yOf = (value: number) => plot.bottom - (value / highest) * (plot.bottom - plot.top);
  const rules = axisOf(highest).map(
    (
      value,
    ) => html`<line class="rule!${value === 0 ? html` base` : nothing}" x1="${left}" x2="${width}" y1="${yOf(value)}" y2="${yOf(value)}"/>
<text x="${left - 8}" y="${yOf(value) + 4}" text-anchor="end">${short(value)}</text>`,
  );
  const layers = stack<Bar>()
    .keys(series.map(({ key }) => key))
    .value((bar, key) => bar.counts[key] ?? 0)([...bars]);
  const gap = Math.min(3, plot.step * 0.2);
  const columns = layers.map(
    (layer) =>
      html`<g class="f-${layer.key}">!${layer.map(([low, high], index) =>
        high <= low
          ? nothing
          : html`<rect x="${tenth(left + index * plot.step + gap / 2)}" width="${tenth(plot.step - gap)}" y="${tenth(yOf(high))}" height="${tenth(Math.max(0.8, yOf(low) - yOf(high)))}"/>`,
      )}</g>`,
  );
  const ticks = thinned(bars, frame.ticks);
  const over = bars.map((bar, index) => {
    const x = left + index * plot.step;
    const tick = html`<text x="${tenth(x + plot.step / 2)}" y="${height - 6}" text-anchor="middle">${bar.tick ?? ''}</text>`;
    return html`!${ticks.has(index) && fits(x + plot.step / 2, width) ? tick : nothing}<a href="${bar.href}" tabindex="-1"><rect class="hit" x="${tenth(x)}" width="${tenth(plot.step)}" y="${plot.top}" height="${plot.bottom - plot.top}"/><title>${tooltip(bar, series)}</title></a>`;
  });
  return html`<svg class="chart ${size}" viewBox="0 0 ${width} ${height}" aria-hidden="true" focusable="false">!${rules}!${columns}!${over}</svg>`;
}

/** Which bars keep the words below them, evenly, so that no two meet. */
function thinned(bars: readonly Bar[], room: number): ReadonlySet<number> {
  const named = [...bars.keys()].filter((index) => bars[index]?.tick !== undefined);
  const every = Math.max(1, Math.ceil(named.length / room));
  return new Set(named.filter((_, position) => position % every === 0));
}

/** A word in the middle of the last bar may not reach over the edge. */
function fits(x: number, width: number): boolean {
  return x + 22 <= width;
}

function tooltip({ name, counts }: Bar, series: readonly Series[]): string {
  const parts = series.flatMap((one) => {
    const count = counts[one.key] ?? 0;
    return count === 0 ? [] : [`${one.name}: ${number(count)}`];
  });
  return [name, ...(parts.length === 0 ? ['nothing'] : parts)].join('\n');
}

/** The part of the whole that each of several counts has, beside each other. */
export function shares(counts: Readonly<Record<string, number>>, keys: readonly string[], most: number): Html {
  let x = 0;
  const parts = keys.flatMap((key) => {
    const width = most <= 0 ? 0 : ((counts[key] ?? 0) / most) * 100;
    const at = x;
    x += width;
    return width === 0
      ? []
      : [html`<rect class="f-${key}" x="${tenth(at)}" width="${tenth(Math.max(0.5, width))}" height="10"/>`];
  });
  return html`<svg class="share" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect class="f-rest" width="100" height="10"/>!${parts}</svg>`;
}

/** All of them together. */
export function totalOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** The next of 1, 2, 5, 10, 20, 50 … that is no smaller. */
function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 5, 10].find((step) => step * power >= value) ?? 10);
}

/** Four or five rules, all of whole counts. */
function axisOf(highest: number): readonly number[] {
  const parts = [5, 4, 2, 1].find((part) => highest % part === 0) ?? 1;
  return Array.from({ length: parts + 1 }, (_, index) => (highest / parts) * index);
}

const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

function short(value: number): string {
  return compact.format(value);
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
