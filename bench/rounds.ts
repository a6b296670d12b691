import type { Contestant, Name } from './contestant.ts';
import { type Path, type Review, sizes } from './reviews.ts';
import { median, percentile } from './statistics.ts';

/** What one contestant took for one kind of review in one round. */
export interface Sample {
  /** Microseconds a review. */
  readonly cpu: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** All rounds of one kind of review; the arrays have one entry a round. */
export interface Series {
  readonly size: string;
  readonly path: Path;
  readonly rate: number;
  readonly samples: Readonly<Record<Name, readonly Sample[]>>;
}

/** How much is measured. */
export interface Extent {
  readonly rounds: number;
  /** 1 for the counts of `sizes`, less for fewer. */
  readonly share: number;
}

/**
 * Measures all reviews in rounds: each kind of review goes to all contestants right after each other, in an order that
 * turns with the rounds, so that what drifts on the machine drifts for all.
 */
export async function measure(
  contestants: readonly Contestant[],
  reviews: readonly Review[],
  { rounds, share }: Extent,
  progress: (text: string) => void,
): Promise<readonly Series[]> {
  progress('warming up');
  for (const review of reviews) for (const contestant of contestants) await warmUp(contestant, { review, share });
  for (const contestant of contestants) await contestant.settle();
  const all = reviews.map((review) => ({ review, samples: { floor: [], withLog: [], withoutLog: [] } as Samples }));
  for (let round = 0; round < rounds; round++) {
    progress(`round ${round + 1} of ${rounds}`);
    const order = contestants.map((_, index) => contestants[(index + round) % contestants.length] as Contestant);
    for (const { review, samples } of all) {
      for (const [name, sample] of await takeTurns(order, review, share)) samples[name].push(sample);
    }
    for (const contestant of contestants) await contestant.settle();
  }
  return all.map(({ review, samples }) => ({
    size: review.size.name,
    path: review.path,
    rate: review.size.rate,
    samples,
  }));
}

type Samples = Record<Name, Sample[]>;

async function takeTurns(
  contestants: readonly Contestant[],
  review: Review,
  share: number,
): Promise<ReadonlyMap<Name, Sample>> {
  const cpu = new Map<Name, number>();
  const samples = new Map<Name, Sample>();
  for (const contestant of contestants) {
    cpu.set(contestant.name, await contestant.cpu(review, Math.ceil(review.size.burst * share)));
  }
  for (const contestant of contestants) {
    const latencies = await contestant.latencies(review, Math.ceil(review.size.paced * share));
    samples.set(contestant.name, {
      cpu: cpu.get(contestant.name) ?? Number.NaN,
      p50: median(latencies),
      p99: percentile(latencies, 0.99),
    });
  }
  return samples;
}

/** How many small reviews a server has answered when the first one counts: from there on its CPU a review is level. */
const reviewsToWarm = 40_000;

/**
 * Long enough for the optimising compiler, which works for some tens of thousands of reviews: until then a review costs up
 * to twice as much. What counts is a server as it is on all days but its first minutes.
 */
async function warmUp(contestant: Contestant, { review, share }: { review: Review; share: number }): Promise<void> {
  const isSmall = review.size === sizes[0];
  await contestant.cpu(review, Math.ceil(isSmall ? reviewsToWarm * share : review.size.burst * share));
}
