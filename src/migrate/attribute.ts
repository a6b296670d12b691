/** What was seen of one object: whether a rule of Kyverno's objects to it, and which of our checks do. */
export interface Observation {
  readonly objects: boolean;
  readonly checks: ReadonlySet<string>;
}

/** So much more often must a check find something where the rule objects. */
const leastLift = 0.5;
/** The least part of what the rule objects to that the checks found for it must see. */
const leastCoverage = 0.5;
/** A check that sees most of what the rule objects to may see at most this part of what it does not object to. */
const mostElsewhere = 0.3;

/**
 * Chooses the checks that object to what a rule objects to, by what both did and never by names.
 *
 * Each check is chosen that, of the objects which no chosen one sees, is right half of the time and much more often than
 * chance. For a rule that looks for little of what a check looks for, that is none: then the choice begins with the check
 * that sees at least half of what the rule objects to and little else. Of the two choices the better one is taken.
 *
 * A rule that objects to everything has no check: nothing tells its objects from others. So has one of which the checks
 * see less than half. Shares are counted with one object more on the side of chance (Laplace), so that a handful of
 * objects proves nothing.
 */
export function checksFor(all: readonly Observation[], candidates: readonly string[]): readonly string[] {
  const first = best(candidates, (check) => informative(all, check));
  const choices = [extended(all, candidates, []), ...(first === undefined ? [] : [extended(all, candidates, [first])])];
  const [chosen = []] = choices.toSorted((a, b) => likeness(all, b) - likeness(all, a));
  const objected = all.filter(({ objects }) => objects);
  return objected.filter((one) => isSeen(one, chosen)).length < objected.length * leastCoverage
    ? []
    : chosen.toSorted();
}

function extended(
  all: readonly Observation[],
  candidates: readonly string[],
  start: readonly string[],
): readonly string[] {
  const chosen = [...start];
  for (;;) {
    const rest = all.filter((one) => !isSeen(one, chosen));
    const left = candidates.filter((check) => !chosen.includes(check));
    const next = best(left, (check) => precise(rest, check));
    if (next === undefined) return chosen;
    chosen.push(next);
  }
}

function isSeen({ checks }: Observation, chosen: readonly string[]): boolean {
  return chosen.some((check) => checks.has(check));
}

/** What both object to, of all that one of them objects to (Jaccard). */
function likeness(all: readonly Observation[], chosen: readonly string[]): number {
  const either = all.filter((one) => one.objects || isSeen(one, chosen));
  const both = either.filter((one) => one.objects && isSeen(one, chosen));
  return either.length === 0 ? 0 : both.length / either.length;
}

/** How well what a check sees is what the rule objects to (Jaccard); 0 where it is not clear that it is about the same. */
function informative(all: readonly Observation[], check: string): number {
  const { hits, misses, alarms, rest } = counts(all, check);
  if (hits === 0 || rest === 0) return 0;
  const recall = hits / (hits + misses);
  const elsewhere = (alarms + 1) / (rest + 1);
  const isAboutTheSame = recall >= leastCoverage && elsewhere <= mostElsewhere && recall - elsewhere >= leastLift;
  return isAboutTheSame ? hits / (hits + misses + alarms) : 0;
}

/** How much more often the rule objects to what a check sees than to the rest, by how much it sees; 0 likewise. */
function precise(all: readonly Observation[], check: string): number {
  const { hits, misses, alarms, rest } = counts(all, check);
  if (hits === 0) return 0;
  const precision = hits / (hits + alarms);
  const unseen = misses + rest - alarms;
  const chance = (misses + 1) / (unseen + 1);
  return precision - chance >= leastLift ? hits * (precision - chance) : 0;
}

interface Counts {
  /** Objected to and seen; objected to and not seen; seen and not objected to; not objected to at all. */
  readonly hits: number;
  readonly misses: number;
  readonly alarms: number;
  readonly rest: number;
}

function counts(all: readonly Observation[], check: string): Counts {
  let [hits, misses, alarms, rest] = [0, 0, 0, 0];
  for (const { objects, checks } of all) {
    const sees = checks.has(check);
    if (objects && sees) hits++;
    else if (objects) misses++;
    else {
      rest++;
      if (sees) alarms++;
    }
  }
  return { hits, misses, alarms, rest };
}

function best(candidates: readonly string[], score: (check: string) => number): string | undefined {
  let chosen: string | undefined;
  let highest = 0;
  for (const check of candidates) {
    const reached = score(check);
    if (reached > highest) [chosen, highest] = [check, reached];
  }
  return chosen;
}
