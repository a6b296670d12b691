import { createHash, timingSafeEqual } from 'node:crypto';
import { messageOf } from '../../config/problem.ts';

/** What a token is good for. */
export type Verdict =
  | { readonly kind: 'writer'; readonly name: string }
  | { readonly kind: 'unauthenticated' }
  /** Somebody whom the cluster knows, but who may not write here. */
  | { readonly kind: 'forbidden'; readonly name: string }
  /** Nobody can tell just now. */
  | { readonly kind: 'unavailable'; readonly problem: string };

/** Tells what a token is good for. Never rejects. */
export type Authenticate = (token: string) => Promise<Verdict>;

/** How tokens of a cluster are judged. */
export interface ReviewedOptions {
  /** Whose a token is; undefined for nobody's, or one for somebody else. Rejects when that cannot be told. */
  readonly ownerOf: (token: string) => Promise<string | undefined>;
  /** User names, such as `system:serviceaccount:pratique:pratique`. */
  readonly writers: readonly string[];
}

/** How long an answer holds, in milliseconds: that is how long a token outlives its pod here. */
const keptFor: Readonly<Record<Verdict['kind'], number>> = {
  writer: 10_000,
  forbidden: 5_000,
  unauthenticated: 5_000,
  unavailable: 0,
};
/** Above so many known tokens the oldest are forgotten. */
const knownLimit = 1_000;
/** Reviews under way at once: whoever sends made-up tokens must not wear out the API server. */
const reviewLimit = 8;

/**
 * Judges tokens by asking the cluster. A token is known by its SHA-256 for a few seconds, so that a replica that sends
 * each second does not cost a TokenReview each.
 */
export function reviewedTokens({ ownerOf, writers }: ReviewedOptions): Authenticate {
  const allowed = new Set(writers);
  const known = new Map<string, { readonly until: number; readonly verdict: Verdict }>();
  const underWay = new Map<string, Promise<Verdict>>();

  async function review(token: string): Promise<Verdict> {
    try {
      const name = await ownerOf(token);
      if (name === undefined) return { kind: 'unauthenticated' };
      return allowed.has(name) ? { kind: 'writer', name } : { kind: 'forbidden', name };
    } catch (error) {
      return { kind: 'unavailable', problem: messageOf(error) };
    }
  }

  async function reviewOnce(token: string, hash: string): Promise<Verdict> {
    const verdict = await review(token);
    underWay.delete(hash);
    const [oldest] = known.keys();
    if (known.size >= knownLimit && oldest !== undefined) known.delete(oldest);
    known.delete(hash);
    known.set(hash, { until: performance.now() + keptFor[verdict.kind], verdict });
    return verdict;
  }

  return async (token) => {
    const hash = digest(token).toString('hex');
    const found = known.get(hash);
    if (found !== undefined && performance.now() < found.until) return found.verdict;
    const pending = underWay.get(hash);
    if (pending !== undefined) return pending;
    if (underWay.size >= reviewLimit) return { kind: 'unavailable', problem: 'too many tokens are being reviewed' };
    const started = reviewOnce(token, hash);
    underWay.set(hash, started);
    return started;
  };
}

/** The shortest token of a file that is taken, in characters: nobody guesses 128 bits, however they are written. */
const shortestToken = 32;

/** The tokens of a file, one a line; several while one replaces another. Throws on none, and on one that is too short. */
export function tokensOf(text: string): readonly string[] {
  const tokens = text.split(/\s+/).filter((token) => token !== '');
  if (tokens.length === 0) throw new Error('the file of tokens is empty');
  if (tokens.some((token) => token.length < shortestToken)) {
    throw new Error(`a token has fewer than ${shortestToken} characters; try: openssl rand -hex 32`);
  }
  return tokens;
}

/** Judges tokens by a list, outside a cluster. Compares digests in constant time. `tokens` is asked each time. */
export function listedTokens(tokens: () => readonly string[]): Authenticate {
  return (token) => {
    const given = digest(token);
    let isListed = false;
    for (const one of tokens()) isListed = timingSafeEqual(given, digest(one)) || isListed;
    return Promise.resolve(isListed ? { kind: 'writer', name: 'token-file' } : { kind: 'unauthenticated' });
  };
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
