/** The wait after a first failure, in milliseconds. */
export const firstDelay = 500;
const longestDelay = 30_000;
/** However long the journal asks for: who asks for more does not know how much a webhook can hold. */
const longestRetryAfter = 60_000;

/**
 * How long to wait after a failure, counted from 0, in milliseconds: doubles from half a second to half a minute; the upper
 * half by chance, so that replicas do not come back together. `retryAfter` is what the journal asks for.
 */
export function delayOf(attempt: number, retryAfter: number | undefined, random: () => number): number {
  const longest = Math.min(longestDelay, firstDelay * 2 ** attempt);
  const own = (longest / 2) * (1 + random());
  return retryAfter === undefined ? own : Math.max(own, Math.min(retryAfter, longestRetryAfter));
}
