import { decisions } from '../../lines.ts';
import type { Bucket } from '../../queries/overview.ts';
import { dayMs, hourMs } from '../../store/schema.ts';
import { type Bar, barChart } from '../chart.ts';
import { number } from '../layout.ts';
import { type Html, html } from '../markup.ts';
import type { ChosenTime } from '../reading.ts';
import { type Column, table } from '../table.ts';
import { href } from '../urls.ts';
import { decisionWords } from '../words.ts';

/** How long each bar is at most for how long a time, in hours. */
const steps = [
  { until: 2 * dayMs, hours: 1 },
  { until: 8 * dayMs, hours: 6 },
  { until: Number.POSITIVE_INFINITY, hours: 24 },
] as const;

/** Above so many bars several days become one. */
const mostBars = 62;

/** Whether the buckets of a chart have to be hours or may be days. */
export function bucketOf(time: ChosenTime): 'hour' | 'day' {
  return stepOf(time) % 24 === 0 ? 'day' : 'hour';
}

function stepOf({ from, to }: ChosenTime): number {
  const hours = steps.find(({ until }) => to - from <= until)?.hours ?? 24;
  return hours < 24 ? hours : 24 * Math.max(1, Math.ceil((to - from) / dayMs / mostBars));
}

/** Decisions over time as a chart, with a table that tells the same. */
export function decisionsChart(buckets: readonly Bucket[], time: ChosenTime): Html {
  const bars = barsOf(buckets, time);
  const series = decisions.map((key) => ({ key, name: decisionWords[key].name }));
  const present = series.filter(({ key }) => bars.some(({ counts }) => (counts[key] ?? 0) > 0));
  const columns: readonly Column<Bar>[] = [
    { title: 'From (UTC)', kind: 'when', cell: (bar) => html`<a href="${bar.href}">${bar.name}</a>` },
    ...present.map(
      ({ key, name }): Column<Bar> => ({
        title: name,
        kind: 'number',
        cell: (bar) => html`${number(bar.counts[key] ?? 0)}`,
      }),
    ),
  ];
  const rows = bars.filter(({ counts }) => Object.keys(counts).length > 0).toReversed();
  return html`<figure><figcaption class="unseen">Decisions over time. The table below tells the same.</figcaption>
!${barChart(bars, series)}</figure>
<details class="more"><summary>The same as a table</summary>!${table({ caption: 'Decisions over time', columns, rows })}</details>`;
}

function barsOf(buckets: readonly Bucket[], time: ChosenTime): readonly Bar[] {
  const step = stepOf(time) * hourMs;
  const first = Math.floor(time.from / step) * step;
  const length = Math.max(1, Math.ceil((time.to - first) / step));
  const counts = Array.from({ length }, (): Record<string, number> => ({}));
  for (const { at, decision, n } of buckets) {
    const own = counts[Math.floor((at - first) / step)];
    if (own !== undefined) own[decision] = (own[decision] ?? 0) + n;
  }
  return counts.map((own, index) => bar(first + index * step, step, own));
}

function bar(at: number, step: number, counts: Readonly<Record<string, number>>): Bar {
  const iso = new Date(at).toISOString();
  const minutes = (moment: number) => new Date(moment).toISOString().slice(0, 16);
  return {
    tick: tickOf(at, step),
    name: `${iso.slice(0, 10)} ${iso.slice(11, 16)}`,
    counts,
    href: href('/decisions', { from: minutes(at), to: minutes(at + step) }),
  };
}

/** Days are named where they begin; hours only where there are no days to name. */
function tickOf(at: number, step: number): string | undefined {
  if (step === hourMs) return new Date(at).toISOString().slice(11, 16);
  return step >= dayMs || at % dayMs === 0 ? dayName(at) : undefined;
}

const monthAndDay = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });

function dayName(at: number): string {
  return monthAndDay.format(at);
}
