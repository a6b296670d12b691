import { countBuiltIns, type Scan } from './built-ins.ts';
import { blocksByFile } from './counting.ts';

/**
 * The work that functions did, counted without a clock, so that "does not hang" is a number that is the same on every
 * machine. Three things are counted, because each of them alone misses a kind of work:
 *
 * 1. how often each block of code ran, by V8's own precise block coverage: every turn of every loop, file by file;
 * 2. how many elements and characters the built-ins were given to walk over (spread, filter, indexOf, replace …), which
 *    is work that no block of ours shows: `[...found, one]` in a loop is quadratic in one line;
 * 3. for regular expressions the characters between where a search began and where it ended. That a search takes no
 *    more than a few steps for each of those is what `backtracks.ts` holds every such search against.
 *
 * What is left out is what takes V8 about the same time whatever the size: property reads, Map and Set look-ups, slices
 * and sums of strings.
 *
 * V8 only counts the blocks of functions that it compiles after the counting began. So `counting.ts` must be evaluated
 * before the modules that are measured: it is the first import of a test, and `meter.test.ts` proves that it counts.
 */
export interface Work {
  /** Elements by the name of the part, blocks by the file. */
  readonly steps: ReadonlyMap<string, number>;
  /** The searches by regular expressions. */
  readonly scans: readonly Scan[];
}

/** Runs functions one after the other and counts their work; the blocks of files whose path fits are counted. */
export function workOf(parts: Readonly<Record<string, () => unknown>>, files: RegExp = /\/src\//): Work {
  blocksByFile();
  const { elements, scans } = countBuiltIns(parts);
  const blocks = blocksByFile();
  const steps = new Map(elements);
  for (const [url, count] of blocks) if (files.test(url)) steps.set(url.slice(url.lastIndexOf('/src/') + 1), count);
  return { steps, scans };
}

/** The works for three sizes of an input, each twice the one before. */
export type Works = readonly [Work, Work, Work];

/** Measures for a size, for twice and for four times as much. */
export function worksFrom(smallest: number, measure: (size: number) => Work): Works {
  return [measure(smallest), measure(2 * smallest), measure(4 * smallest)];
}

/** Growth that is allowed where the input doubles: linear is 2, quadratic is 4. */
const mostGrowth = 2.5;
/** Growth by fewer steps than this is no growth: a text that got too long is cut, a first one is allocated. */
const fewSteps = 2_000;

/**
 * Says where the work grows faster than its input does, over three sizes each twice the one before.
 *
 * What is compared is how much each doubling added, so that what is paid once does not hide what grows.
 */
export function superlinear(works: Works): readonly string[] {
  return grown(works, ([least, some, most]) => most - some > mostGrowth * Math.max(some - least, 1));
}

/**
 * The same for texts, of which work may suddenly fall: one that is too long for a path is not read as one. So what is
 * compared is the whole of the work.
 */
export function superlinearInText(works: Works): readonly string[] {
  return grown(works, ([, some, most]) => most > mostGrowth * Math.max(some, 1));
}

type Sizes = readonly [least: number, some: number, most: number];

function grown(works: Works, isTooMuch: (steps: Sizes) => boolean): readonly string[] {
  const found: string[] = [];
  for (const [where, most] of works[2].steps) {
    const sizes: Sizes = [works[0].steps.get(where) ?? 0, works[1].steps.get(where) ?? 0, most];
    if (most - sizes[1] > fewSteps && isTooMuch(sizes)) found.push(`${where}: ${sizes.join(', ')} steps`);
  }
  return found;
}
