import { type CaCertificate, readCaCertificates } from './ca-document.ts';
import type { LiveConfiguration } from './ca-store.ts';
import { caSubject } from './issue.ts';

/** What the caBundles held when they were last read, and since when without a break. */
export interface LiveBundles {
  /**
   * Takes what was read between two times, of a clock that is never set: a process may be held up for long between a
   * question and its answer.
   */
  observe(configurations: readonly LiveConfiguration[], from: number, to: number): void;
  /**
   * For how long a CA is known to have been in every caBundle, up to the last observation; -1 when it is not in each, or
   * when there is none.
   */
  seenFor(fingerprint: string): number;
  /** Whether a CA is in every caBundle that there is. */
  holds(fingerprint: string): boolean;
  /** The CAs of ours that are in any of them. */
  ours(): readonly CaCertificate[];
}

/** Starts with nothing seen. */
export function liveBundles(): LiveBundles {
  let bundles: readonly (readonly CaCertificate[])[] = [];
  const since = new Map<string, number>();
  let last = 0;
  const holds = (fingerprint: string): boolean =>
    bundles.every((certificates) => certificates.some((one) => one.fingerprint === fingerprint));
  return {
    observe(configurations, from, to) {
      last = from;
      bundles = configurations.flatMap(({ webhooks }) => webhooks.map(({ bundle }) => readCaCertificates(bundle)));
      const everywhere = new Set((bundles[0] ?? []).map(({ fingerprint }) => fingerprint).filter(holds));
      for (const fingerprint of since.keys()) if (!everywhere.has(fingerprint)) since.delete(fingerprint);
      for (const fingerprint of everywhere) if (!since.has(fingerprint)) since.set(fingerprint, to);
    },
    seenFor(fingerprint) {
      const first = since.get(fingerprint);
      return first === undefined ? -1 : Math.max(0, last - first);
    },
    holds,
    ours: () => bundles.flat().filter(({ subject }) => subject.startsWith(caSubject)),
  };
}
