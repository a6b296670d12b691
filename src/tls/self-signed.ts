import { type CertificateSource, readPair, type TlsMaterial } from './certificate-source.ts';
import { signSelf } from './issue.ts';

const day = 24 * 60 * 60 * 1000;
/** A timer cannot wait longer than 2³¹−1 ms, so renewal is looked at in steps. */
const renewalCheck = day / 4;

/** Names that every self-signed certificate holds, so that curl on the same machine works. */
const localNames = ['localhost', '127.0.0.1', '::1'] as const;

export interface SelfSignedOptions {
  /** Names and addresses besides the local ones. */
  readonly names: readonly string[];
  /** In milliseconds; 90 days when absent. */
  readonly lifetime?: number;
  readonly now?: () => number;
}

/**
 * Signs a certificate for this process and renews it at two thirds of its life, without a gap and without a file.
 *
 * For trying out, and for tests: nobody but the caller of curl -k trusts it.
 */
export async function selfSignedSource(options: SelfSignedOptions): Promise<CertificateSource> {
  const now = options.now ?? Date.now;
  const lifetime = options.lifetime ?? 90 * day;
  const changed: ((material: TlsMaterial) => void)[] = [];
  const failed: ((problem: string) => void)[] = [];
  let material = await signed(options.names, now(), lifetime);
  let failure: string | undefined;
  const timer = setInterval(() => void renew(), Math.max(1000, Math.min(renewalCheck, lifetime / 12)));
  timer.unref();

  async function renew(): Promise<void> {
    if (now() < material.expires - lifetime / 3) return;
    try {
      material = await signed(options.names, now(), lifetime);
      failure = undefined;
      for (const listener of changed) listener(material);
    } catch (error) {
      failure = `the self-signed certificate could not be renewed: ${String(error)}`;
      for (const listener of failed) listener(failure);
    }
  }

  return {
    current: () => material,
    onChange: (listener) => void changed.push(listener),
    onProblem: (listener) => void failed.push(listener),
    problem: () => failure,
    stop: () => clearInterval(timer),
  };
}

async function signed(names: readonly string[], now: number, lifetime: number): Promise<TlsMaterial> {
  const pair = await signSelf([...localNames, ...names], now, lifetime);
  return readPair(pair.cert, pair.key);
}
