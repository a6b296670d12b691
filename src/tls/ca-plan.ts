import { type CaCertificate, type CaDocument, type CorruptDocument, trustedBy } from './ca-document.ts';

/** The times of the life cycle, in milliseconds. */
export interface TlsTimes {
  readonly caLifetime: number;
  readonly leafLifetime: number;
  /** How long a CA must have been in every caBundle before anybody signs with it. */
  readonly overlap: number;
  /** Between two looks at the cluster. */
  readonly reconcile: number;
}

/** How long before it was made a certificate is valid, in milliseconds: clocks differ. */
export const backdated = 60 * 60 * 1000;

/** What one replica knows when it decides about the Secret. */
export interface CaSituation {
  readonly stored: CaDocument | CorruptDocument | undefined;
  /** What the Secret held when this replica last could use it. */
  readonly memory: CaDocument | undefined;
  /** The CA that signed what this replica serves. */
  readonly leafCa: CaCertificate | undefined;
  /** The CAs of ours in the caBundles. */
  readonly live: readonly CaCertificate[];
  readonly now: number;
  /** For how long a CA has been in every caBundle; -1 when it is not in each. */
  readonly seenFor: (fingerprint: string) => number;
  /** For how long this replica has found no Secret that it could use, and remembered none. */
  readonly lostFor: number;
  readonly times: TlsTimes;
}

/** What is to be done about the Secret, and why. */
export type CaPlan =
  | { readonly kind: 'keep'; readonly document: CaDocument }
  | { readonly kind: 'write'; readonly document: CaDocument; readonly changes: readonly string[] }
  /** A new CA is to be made that signs later. */
  | { readonly kind: 'extend'; readonly document: CaDocument; readonly changes: readonly string[] }
  /** A new CA is to be made that signs at once. */
  | { readonly kind: 'replace'; readonly others: readonly CaCertificate[]; readonly changes: readonly string[] }
  /** Nothing can be done yet. */
  | { readonly kind: 'wait'; readonly reason: string };

/**
 * Decides what becomes of the Secret. Every replica may decide the same at the same time: whoever writes first wins, and
 * the others decide anew on what they then read.
 */
export function planCa(situation: CaSituation): CaPlan {
  const { stored, memory } = situation;
  if (stored !== undefined && 'signing' in stored) return planOf(stored, [], situation);
  const what = stored === undefined ? 'the Secret is missing' : `the Secret cannot be used (${stored.corrupt})`;
  const trusted = unexpired([...situation.live, ...(stored?.certificates ?? [])], situation.now);
  if (memory !== undefined) return planOf(restored(memory, trusted, situation.now), [`${what}: put back`], situation);
  // Whoever signed what is trusted may only not have put it back yet; another CA would pull the ground from under it.
  if (unexpired(situation.live, situation.now).length > 0 && situation.lostFor < lostPatience(situation.times)) {
    return { kind: 'wait', reason: `${what}, but a CA is in use: another replica may put it back` };
  }
  return { kind: 'replace', others: trusted, changes: [`${what}: new CA`] };
}

/** Long enough for each running replica to look once, with its jitter, even after one failure. */
function lostPatience({ reconcile }: TlsTimes): number {
  return 2.5 * reconcile;
}

function restored(memory: CaDocument, trusted: readonly CaCertificate[], now: number): CaDocument {
  const known = new Set(trustedBy(memory).map(({ fingerprint }) => fingerprint));
  const more = trusted.filter(({ fingerprint }) => !known.has(fingerprint));
  // Others may serve what those signed: the time until they are dropped begins now.
  return more.length === 0 ? memory : { ...memory, others: [...memory.others, ...more], signingSince: now };
}

function planOf(stored: CaDocument, before: readonly string[], situation: CaSituation): CaPlan {
  const changes = [...before];
  const tell = (changed: CaDocument | undefined, what: string, old: CaDocument): CaDocument => {
    if (changed === undefined) return old;
    changes.push(what);
    return changed;
  };
  let document = tell(withLiveCas(stored, situation), 'the CAs in use stay trusted beside another one', stored);
  document = tell(withLeafCa(document, situation), 'the CA of a leaf in use is trusted again', document);
  document = tell(withoutExpiredNext(document, situation), 'a CA has expired before it signed', document);
  document = tell(promoted(document, situation), 'the new CA signs', document);
  document = tell(withoutRetired(document, situation), 'a CA that no leaf needs is no longer trusted', document);
  if (document.signing.certificate.notAfter <= situation.now) {
    return { kind: 'replace', others: document.others, changes: [...changes, 'the CA has expired: new CA'] };
  }
  if (document.next === undefined && isRotationDue(document, situation.now)) {
    return { kind: 'extend', document, changes: [...changes, 'a new CA is trusted, to sign later'] };
  }
  return changes.length === 0 ? { kind: 'keep', document } : { kind: 'write', document, changes };
}

/**
 * The signing CA comes first in a caBundle. A Secret with another one was put there by somebody, from a backup for example:
 * the replicas still serve what the CAs in the caBundles signed, and who looks first may serve nothing yet. Where the
 * signing CA is the same, somebody may mean to trust the others no longer.
 */
function withLiveCas(document: CaDocument, { live, now }: CaSituation): CaDocument | undefined {
  const inUse = unexpired(live, now);
  if (inUse[0] === undefined || inUse[0].fingerprint === document.signing.certificate.fingerprint) return undefined;
  const kept = restored(document, inUse, now);
  return kept === document ? undefined : kept;
}

/** Whoever took the CA of a leaf in use out of the Secret must not have it taken out of the caBundles as well. */
function withLeafCa(document: CaDocument, { leafCa, live, now }: CaSituation): CaDocument | undefined {
  if (leafCa === undefined || leafCa.notAfter <= now) return undefined;
  if (isTrusted(document, leafCa) || !live.some(({ fingerprint }) => fingerprint === leafCa.fingerprint)) {
    return undefined;
  }
  // Other replicas may serve what it signed as well: the time until it is dropped begins now.
  return { ...document, others: [...document.others, leafCa], signingSince: now };
}

function withoutExpiredNext(document: CaDocument, { now }: CaSituation): CaDocument | undefined {
  const { next, ...rest } = document;
  return next === undefined || next.certificate.notAfter > now ? undefined : rest;
}

function promoted(document: CaDocument, { now, seenFor, times }: CaSituation): CaDocument | undefined {
  const { next, signing, ...rest } = document;
  if (next === undefined) return undefined;
  const isKnown = seenFor(next.certificate.fingerprint) >= times.overlap;
  if (!isKnown && signing.certificate.notAfter > now) return undefined;
  return { ...rest, signing: next, others: [signing.certificate, ...rest.others], signingSince: now };
}

/**
 * Without the CAs that no leaf in use can come from: those that have expired, and, after twice the life of a leaf, those
 * that no longer sign. A replica that could not read the Secret for one life of a leaf may have signed with the old CA
 * until then, and that leaf lives one life more.
 */
function withoutRetired(document: CaDocument, { now, leafCa, times }: CaSituation): CaDocument | undefined {
  const { others, signingSince = Number.POSITIVE_INFINITY } = document;
  const isRetired = signingSince + 2 * times.leafLifetime <= now;
  const kept = others.filter(
    ({ notAfter, fingerprint }) => notAfter > now && (!isRetired || fingerprint === leafCa?.fingerprint),
  );
  return kept.length === others.length ? undefined : { ...document, others: kept };
}

function isRotationDue({ signing, rotate }: CaDocument, now: number): boolean {
  const { notBefore, notAfter } = signing.certificate;
  const made = notBefore + backdated;
  return rotate || now >= made + (2 / 3) * (notAfter - made);
}

function isTrusted(document: CaDocument, { fingerprint }: CaCertificate): boolean {
  return trustedBy(document).some((one) => one.fingerprint === fingerprint);
}

function unexpired(certificates: readonly CaCertificate[], now: number): readonly CaCertificate[] {
  return [...new Map(certificates.map((one) => [one.fingerprint, one])).values()].filter(
    ({ notAfter }) => notAfter > now,
  );
}
