import type { ColdStart, Starter } from './cold-start.ts';
import type { CommandTimes } from './command-line.ts';
import type { Name } from './contestant.ts';
import type { EngineTimes } from './engine.ts';
import type { Sample, Series } from './rounds.ts';
import { median, type Spread, spread } from './statistics.ts';

/** Everything that was measured. */
export interface Measured {
  readonly series: readonly Series[];
  readonly starts: Readonly<Record<Starter, ColdStart>>;
  readonly commands: CommandTimes;
  readonly engine: EngineTimes;
  /** Resident memory of the webhook with the log: before the rounds, and some seconds after them. */
  readonly memory: { readonly beforeMiB: number; readonly afterMiB: number };
}

/** What `--json` writes; ratios are medians over the rounds, of the webhook over the floor unless the name says else. */
export interface Summary {
  readonly ratios: {
    readonly cpuWithLog: number;
    readonly cpuWithoutLog: number;
    readonly mutateOverValidate: number;
    readonly cpu100KiB: number;
    readonly cpu1MiB: number;
    readonly p99: number;
  };
  readonly coldStartMs: number;
  readonly idleRssMiB: number;
  readonly engineUs: number;
  readonly checkMs: number;
}

/** Reads the summary off what was measured: 8 KiB, /validate and with the log where the name does not say else. */
export function summaryOf({ series, starts, commands, engine }: Measured): Summary {
  const small = seriesOf(series, '8 KiB', 'validate');
  const cpu = (one: Series, name: Name) => rounded(ratio(one, name, 'cpu').median);
  return {
    ratios: {
      cpuWithLog: cpu(small, 'withLog'),
      cpuWithoutLog: cpu(small, 'withoutLog'),
      mutateOverValidate: rounded(mutateOverValidate(series, 'withLog').median),
      cpu100KiB: cpu(seriesOf(series, '100 KiB', 'validate'), 'withLog'),
      cpu1MiB: cpu(seriesOf(series, '1 MiB', 'validate'), 'withLog'),
      p99: rounded(ratio(small, 'withLog', 'p99').median),
    },
    coldStartMs: Math.round(starts['webhook-none'].startMs),
    idleRssMiB: Math.round(starts['webhook-none'].idleMiB),
    engineUs: rounded(engine.dind),
    checkMs: Math.round(commands.checkMs),
  };
}

/** Writes what was measured as Markdown tables, as they stand in README.md. */
export function tablesOf(measured: Measured): string {
  const { series, memory } = measured;
  return [
    '### CPU a review, µs, and its ratio over the floor',
    '',
    '| review | floor | with log | ratio | without log | ratio |',
    '| --- | ---: | ---: | --- | ---: | --- |',
    ...series.map((one) =>
      row([
        ...[title(one), middle(one, 'floor', 'cpu', 1), middle(one, 'withLog', 'cpu', 1), cell(one, 'withLog', 'cpu')],
        ...[middle(one, 'withoutLog', 'cpu', 1), cell(one, 'withoutLog', 'cpu')],
      ]),
    ),
    '',
    `/mutate over /validate at 8 KiB, with log: ${written(mutateOverValidate(series, 'withLog'))}`,
    '',
    '### Latency at a fixed rate, ms, and its ratio over the floor',
    '',
    '| review | a second | floor p50 | p99 | with log p50 | p99 | ratio p50 | ratio p99 | without log p50 | p99 |',
    '| --- | ---: | ---: | ---: | ---: | ---: | --- | --- | ---: | ---: |',
    ...series.map((one) =>
      row([
        ...[title(one), String(one.rate), middle(one, 'floor', 'p50', 2), middle(one, 'floor', 'p99', 2)],
        ...[middle(one, 'withLog', 'p50', 2), middle(one, 'withLog', 'p99', 2)],
        ...[cell(one, 'withLog', 'p50'), cell(one, 'withLog', 'p99')],
        ...[middle(one, 'withoutLog', 'p50', 2), middle(one, 'withoutLog', 'p99', 2)],
      ]),
    ),
    '',
    ...startsTable(measured.starts),
    '',
    `Resident memory of the webhook with log: ${memory.beforeMiB.toFixed(0)} MiB before the rounds, ${memory.afterMiB.toFixed(0)} MiB after them.`,
    '',
    ...engineTable(measured.engine),
    '',
    `pratique check of one small file: ${measured.commands.checkMs.toFixed(0)} ms, beside ${measured.commands.nodeMs.toFixed(0)} ms of node -e 0.`,
  ].join('\n');
}

function engineTable({ dind, strict, manyRules, growth }: EngineTimes): readonly string[] {
  return [
    '### The engine alone, µs, from a parsed review to its response',
    '',
    '| review | µs |',
    '| --- | ---: |',
    row(['8 KiB, profile dind', dind.toFixed(1)]),
    row(['8 KiB, profile strict', strict.toFixed(1)]),
    row(['8 KiB, profile dind, 1,000 exemptions and 1,000 namespaces entries', manyRules.toFixed(1)]),
    '',
    '| a pod with so many | µs | with so many | µs | growth of one |',
    '| --- | ---: | --- | ---: | ---: |',
    ...growth.map(({ what, few, many }) =>
      row([
        ...[`${few.count} ${what}`, few.us.toFixed(1), `${many.count} ${what}`, many.us.toFixed(1)],
        (many.us / many.count / (few.us / few.count)).toFixed(2),
      ]),
    ),
  ];
}

function startsTable(starts: Measured['starts']): readonly string[] {
  const rows: readonly (readonly [string, ColdStart])[] = [
    ['floor', starts.floor],
    ['bare fastify', starts.fastify],
    ['webhook', starts['webhook-none']],
  ];
  return [
    '### Start and idle',
    '',
    '| server | listening after, ms | over bare fastify | idle RSS, MiB |',
    '| --- | ---: | ---: | ---: |',
    ...rows.map(([name, { startMs, idleMiB }]) =>
      row([name, startMs.toFixed(0), (startMs / starts.fastify.startMs).toFixed(2), idleMiB.toFixed(0)]),
    ),
  ];
}

function ratio({ samples }: Series, name: Name, figure: keyof Sample): Spread {
  return spread(samples[name].map((one, round) => one[figure] / (samples.floor[round]?.[figure] ?? Number.NaN)));
}

function mutateOverValidate(series: readonly Series[], name: Name): Spread {
  const validate = seriesOf(series, '8 KiB', 'validate').samples[name];
  const mutate = seriesOf(series, '8 KiB', 'mutate').samples[name];
  return spread(mutate.map(({ cpu }, round) => cpu / (validate[round]?.cpu ?? Number.NaN)));
}

function seriesOf(series: readonly Series[], size: string, path: Series['path']): Series {
  const found = series.find((one) => one.size === size && one.path === path);
  if (found === undefined) throw new Error(`${size} ${path} was not measured.`);
  return found;
}

function title({ size, path }: Series): string {
  return `${size} /${path}`;
}

function middle({ samples }: Series, name: Name, figure: keyof Sample, digits: number): string {
  return median(samples[name].map((one) => one[figure])).toFixed(digits);
}

function cell(one: Series, name: Name, figure: keyof Sample): string {
  return written(ratio(one, name, figure));
}

function written({ median: middleOne, min, max }: Spread): string {
  return `${middleOne.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
