/** How often somebody is told of the same trouble, at most, in milliseconds. */
const interval = 60_000;

/** Answers true the first time, and then at most once a minute. */
export function atMostOnceAMinute(): () => boolean {
  let last = Number.NEGATIVE_INFINITY;
  return () => {
    const now = performance.now();
    if (now - last < interval) return false;
    last = now;
    return true;
  };
}

/** Counts what is lost, and tells of it. */
export interface Losses {
  add(count: number): void;
  /** Since the start. */
  total(): number;
  /** Tells how much was lost since it was last told, when there is something to tell and a minute has passed. */
  tell(): void;
  /** The same at once, for the end. */
  tellNow(): void;
}

/** Starts to count; `onLosses` is told. */
export function countLosses(onLosses: (lost: number) => void): Losses {
  const isDue = atMostOnceAMinute();
  let total = 0;
  let told = 0;
  function tellNow(): void {
    if (total === told) return;
    const lost = total - told;
    told = total;
    onLosses(lost);
  }
  return {
    add(count) {
      total += count;
    },
    total: () => total,
    tell() {
      if (total !== told && isDue()) tellNow();
    },
    tellNow,
  };
}
