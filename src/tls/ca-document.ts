import { createPrivateKey, X509Certificate } from 'node:crypto';
import { certificatesIn } from './certificate-source.ts';

/** A certificate of a CA, as it stands in a bundle. Times are milliseconds since the epoch. */
export interface CaCertificate {
  readonly pem: string;
  /** SHA-256 over the DER, as `AA:BB:…`. */
  readonly fingerprint: string;
  readonly subject: string;
  readonly notBefore: number;
  readonly notAfter: number;
}

/** A CA that can sign. */
export interface SigningCa {
  readonly certificate: CaCertificate;
  /** PKCS #8, PEM. */
  readonly key: string;
}

/** What the Secret holds: who signs, who will sign, and who is trusted besides. */
export interface CaDocument {
  readonly signing: SigningCa;
  /** Trusted already, and to sign once the whole cluster knows it. */
  readonly next?: SigningCa;
  /** Trusted only, for leaves that they signed. */
  readonly others: readonly CaCertificate[];
  /** Since when the signing CA signs, in milliseconds since the epoch; undefined where nobody wrote it down. */
  readonly signingSince?: number;
  /** Whether somebody asked for another CA before its time. */
  readonly rotate: boolean;
}

/** Why a Secret cannot be used, and the certificates that can be read in it all the same. */
export interface CorruptDocument {
  readonly corrupt: string;
  readonly certificates: readonly CaCertificate[];
}

const caKeys = { bundle: 'ca.crt', key: 'ca.key', nextKey: 'next.key' } as const;
const caAnnotations = { since: 'pratique.dev/signing-since', rotate: 'pratique.dev/rotate' } as const;

type Texts = Readonly<Record<string, string>>;

/** Reads the decoded data and the annotations of the Secret. What is not needed for signing may be broken. */
export function readCaDocument(data: Texts, annotations: Texts): CaDocument | CorruptDocument {
  const certificates = readCaCertificates(data[caKeys.bundle] ?? '');
  if (certificates.length === 0) return { corrupt: `${caKeys.bundle} holds no certificate of a CA`, certificates };
  const signing = ownerOf(data[caKeys.key], certificates);
  if (signing === undefined) {
    return { corrupt: `${caKeys.key} is not the P-256 key of a CA in ${caKeys.bundle}`, certificates };
  }
  const rest = certificates.filter((one) => one !== signing.certificate);
  const next = ownerOf(data[caKeys.nextKey], rest);
  const since = Date.parse(annotations[caAnnotations.since] ?? '');
  return {
    signing,
    ...(next === undefined ? {} : { next }),
    others: rest.filter((one) => one !== next?.certificate),
    ...(Number.isNaN(since) ? {} : { signingSince: since }),
    rotate: annotations[caAnnotations.rotate] !== undefined,
  };
}

/** The data and annotations for a document; what is undefined is to be taken away. */
export function writeCaDocument(document: CaDocument): {
  readonly data: Readonly<Record<string, string | undefined>>;
  readonly annotations: Readonly<Record<string, string | undefined>>;
} {
  const { signing, next, signingSince, rotate } = document;
  return {
    data: { [caKeys.bundle]: bundleOf(document), [caKeys.key]: signing.key, [caKeys.nextKey]: next?.key },
    annotations: {
      [caAnnotations.since]: signingSince === undefined ? undefined : new Date(signingSince).toISOString(),
      [caAnnotations.rotate]: rotate ? 'true' : undefined,
    },
  };
}

/** All CAs that a document trusts, the signing one first. */
export function trustedBy({ signing, next, others }: CaDocument): readonly CaCertificate[] {
  return [signing.certificate, ...(next === undefined ? [] : [next.certificate]), ...others];
}

/** The PEM of all CAs that a document trusts: what each caBundle is to hold. */
export function bundleOf(document: CaDocument): string {
  return trustedBy(document)
    .map(({ pem }) => pem)
    .join('');
}

/** The certificates of CAs in a text, each once; anything else in it is left out. */
export function readCaCertificates(text: string): readonly CaCertificate[] {
  const found = new Map<string, CaCertificate>();
  for (const pem of certificatesIn(text)) {
    const certificate = readCaCertificate(pem);
    if (certificate !== undefined) found.set(certificate.fingerprint, certificate);
  }
  return [...found.values()];
}

function readCaCertificate(pem: string): CaCertificate | undefined {
  try {
    const certificate = new X509Certificate(pem);
    if (!certificate.ca) return undefined;
    return {
      pem: certificate.toString(),
      fingerprint: certificate.fingerprint256,
      subject: certificate.subject,
      notBefore: certificate.validFromDate.getTime(),
      notAfter: certificate.validToDate.getTime(),
    };
  } catch {
    return undefined;
  }
}

/** The CA that a key belongs to; undefined when the key cannot be read, is none that we sign with, or belongs to none. */
function ownerOf(pem: string | undefined, certificates: readonly CaCertificate[]): SigningCa | undefined {
  if (pem === undefined) return undefined;
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') return undefined;
    const certificate = certificates.find((one) => new X509Certificate(one.pem).checkPrivateKey(key));
    return certificate === undefined
      ? undefined
      : { certificate, key: key.export({ type: 'pkcs8', format: 'pem' }).toString() };
  } catch {
    return undefined;
  }
}
