import { createPrivateKey, KeyObject, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import { readCaCertificates, type SigningCa } from './ca-document.ts';
import { backdated } from './ca-plan.ts';
import { readPair, type TlsMaterial } from './certificate-source.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
/** The beginning of the subject of each CA that is made here. */
export const caSubject = 'CN=pratique CA ';
const servingSubject = 'CN=pratique';

/** A leaf that was signed here, in use until `renewAt` (milliseconds since the epoch). */
export interface Leaf {
  readonly material: TlsMaterial;
  /** The fingerprint of the CA that signed it. */
  readonly ca: string;
  readonly issuedAt: number;
}

/**
 * Makes a CA with a P-256 key, valid from an hour before `now` for `lifetime` milliseconds.
 *
 * It bears no name constraints: nobody trusts it but the API server, in the caBundle of our own webhooks, and there the
 * API server itself asks for the one name of the Service. A constraint would change nothing there, and would have the
 * Service's name outlive a change of it for years. Each has a subject of its own, so that a verifier that looks for an
 * issuer by name finds one only.
 */
export async function createCa(now: number, lifetime: number): Promise<SigningCa> {
  const x509 = await library();
  const keys = await newKeys();
  const serial = serialNumber();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial,
    name: `${caSubject}${serial.slice(0, 8)}`,
    notBefore: new Date(now - backdated),
    notAfter: new Date(now + lifetime),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const [read] = readCaCertificates(certificate.toString('pem'));
  if (read === undefined) throw new Error('A CA that was just made cannot be read.');
  return { certificate: read, key: keyPem(keys.privateKey) };
}

/**
 * Has a CA sign a serving certificate for the given names, valid from an hour before `now` for `lifetime` milliseconds,
 * and never before or beyond the CA itself.
 */
export async function issueLeaf(
  ca: SigningCa,
  { names, now, lifetime }: { readonly names: readonly string[]; readonly now: number; readonly lifetime: number },
): Promise<Leaf> {
  const x509 = await library();
  const keys = await newKeys();
  const issuer = new x509.X509Certificate(ca.certificate.pem);
  const signingKey = await importKey(ca.key);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: servingSubject,
    issuer: issuer.subject,
    notBefore: new Date(Math.max(now - backdated, ca.certificate.notBefore)),
    notAfter: new Date(Math.min(now + lifetime, ca.certificate.notAfter)),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey,
    extensions: [
      ...servingExtensions(x509, names),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const pair = pairOf(certificate, keys);
  return { material: readPair(pair.cert, pair.key), ca: ca.certificate.fingerprint, issuedAt: now };
}

/** Makes a serving certificate that vouches for itself, with the same names and times, and its key. Returns both as PEM. */
export async function signSelf(names: readonly string[], now: number, lifetime: number): Promise<Pair> {
  const x509 = await library();
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: servingSubject,
    notBefore: new Date(now - backdated),
    notAfter: new Date(now + lifetime),
    signingAlgorithm: algorithm,
    keys,
    extensions: servingExtensions(x509, names),
  });
  return pairOf(certificate, keys);
}

interface Pair {
  readonly cert: string;
  readonly key: string;
}

type Library = Awaited<ReturnType<typeof library>>;
type Keys = Awaited<ReturnType<typeof newKeys>>;

/** What every serving certificate says, whoever signs it. */
function servingExtensions(x509: Library, names: readonly string[]) {
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    new x509.SubjectAlternativeNameExtension(
      [...new Set(names)].map((name) => ({ type: isIP(name) === 0 ? 'dns' : 'ip', value: name }) as const),
    ),
  ];
}

function pairOf(certificate: { toString(format: 'pem'): string }, { privateKey }: Keys): Pair {
  return { cert: `${certificate.toString('pem')}\n`, key: keyPem(privateKey) };
}

/**
 * Loaded only when something is signed: 40 ms and 15 MB that a process with certificate files never pays. @peculiar/x509
 * resolves its classes through decorators' metadata, which the first import provides.
 */
async function library() {
  await import('reflect-metadata');
  return import('@peculiar/x509');
}

function newKeys() {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

async function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' });
  return webcrypto.subtle.importKey('pkcs8', new Uint8Array(der), algorithm, false, ['sign']);
}

function keyPem(key: webcrypto.CryptoKey): string {
  return KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** 16 random bytes as hexadecimal, positive (RFC 5280 §4.1.2.2). */
function serialNumber(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}
