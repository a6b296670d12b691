import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { messageOf } from '../config/problem.ts';

/** What a TLS server needs, in PEM, and what is told about it. */
export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
  /** The CAs that clients' certificates must come from; absent when clients need none. */
  readonly clientCa?: string;
  /** SHA-256 over the DER of the leaf, as `AA:BB:…`. */
  readonly fingerprint: string;
  /** When the leaf expires, in milliseconds since the epoch. */
  readonly expires: number;
  /** When the first of the client CAs expires. */
  readonly clientCaExpires?: number;
}

/** Where the serving certificate comes from: files, or one that the process signed itself. */
export interface CertificateSource {
  current(): TlsMaterial;
  /** Calls the listener with new material, each time that there is some. */
  onChange(listener: (material: TlsMaterial) => void): void;
  /** Calls the listener when newer material could not be taken; the older stays in use. */
  onProblem(listener: (problem: string) => void): void;
  /** Why the newest material could not be taken; undefined when all is well. */
  problem(): string | undefined;
  stop(): void;
}

/** Material that no server can use: unreadable, or a key that does not belong to the certificate. */
class UnusableCertificateError extends Error {
  readonly code = 'ERR_UNUSABLE_CERTIFICATE';
  constructor(problem: string) {
    super(problem);
    this.name = 'UnusableCertificateError';
  }
}

/** Reads a pair, proves that key and certificate belong together; throws UnusableCertificateError when they do not. */
export function readPair(cert: string, key: string): TlsMaterial {
  const leaf = readCertificate(cert, 'the certificate');
  try {
    // OpenSSL itself compares the key with the certificate, and reads the whole chain.
    createSecureContext({ cert, key });
  } catch (error) {
    throw new UnusableCertificateError(`key and certificate cannot be used together: ${messageOf(error)}`);
  }
  return { cert, key, fingerprint: leaf.fingerprint256, expires: leaf.validToDate.getTime() };
}

/** Adds the CAs that clients must come from; throws UnusableCertificateError when the bundle cannot be read. */
export function withClientCas(material: TlsMaterial, bundle: string): TlsMaterial {
  const certificates = certificatesIn(bundle);
  if (certificates.length === 0) throw new UnusableCertificateError('the client CA file holds no PEM certificate');
  const expiries = certificates.map((pem) => readCertificate(pem, 'a client CA').validToDate.getTime());
  return { ...material, clientCa: bundle, clientCaExpires: Math.min(...expiries) };
}

/** The PEM certificates in a text, whatever else is in it; nobody has read them yet. */
export function certificatesIn(text: string): readonly string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
}

function readCertificate(pem: string, what: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw new UnusableCertificateError(`${what} is not a PEM certificate: ${messageOf(error)}`);
  }
}
