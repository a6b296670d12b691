// Before @peculiar/x509, which resolves its classes through decorators' metadata.
import 'reflect-metadata';
import { generateKeyPairSync, KeyObject, randomBytes, webcrypto } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';

/** A certificate and its private key, both PEM. */
interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** What a leaf certificate says. */
export interface LeafOptions {
  readonly commonName: string;
  readonly organization?: string;
  /** DNS names and addresses. */
  readonly names?: readonly string[];
  readonly usage: 'server' | 'client';
  /** One hour ago unless told. */
  readonly notBefore?: Date;
  /** In a week unless told. */
  readonly notAfter?: Date;
}

/** A certificate authority for one test run. */
export interface Authority extends KeyPair {
  issue(leaf: LeafOptions): Promise<KeyPair>;
}

/** A serving certificate on disk, and the bundle that verifies it. */
export interface ServingCertificate {
  readonly certFile: string;
  readonly keyFile: string;
  readonly caBundlePem: string;
}

const hour = 3_600_000;
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const usages = { server: x509.ExtendedKeyUsage.serverAuth, client: x509.ExtendedKeyUsage.clientAuth };

/** Makes a certificate authority with a P-256 key that is valid for a month. */
export async function createAuthority(commonName = 'pratique test authority'): Promise<Authority> {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ CN: [commonName] }],
    notBefore: new Date(Date.now() - hour),
    notAfter: new Date(Date.now() + 30 * 24 * hour),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const issue = (leaf: LeafOptions) => issueLeaf(leaf, certificate, keys.privateKey);
  return { cert: pemOf(certificate), key: privateKeyPem(keys.privateKey), issue };
}

/** Issues a certificate for `<service>.<namespace>.svc`, the name that the API server verifies, and writes both files. */
export async function issueServingCertificate(
  authority: Authority,
  { service, namespace, folder }: { readonly service: string; readonly namespace: string; readonly folder: string },
  validity: Pick<LeafOptions, 'notBefore' | 'notAfter'> = {},
): Promise<ServingCertificate> {
  const name = `${service}.${namespace}.svc`;
  const { cert, key } = await authority.issue({ commonName: service, names: [name], usage: 'server', ...validity });
  const certFile = join(folder, 'tls.crt');
  const keyFile = join(folder, 'tls.key');
  await writeFile(certFile, cert);
  await writeFile(keyFile, key, { mode: 0o600 });
  return { certFile, keyFile, caBundlePem: authority.cert };
}

/** Makes the key pair with which an API server signs and verifies service account tokens. */
export function serviceAccountKeys(): { readonly publicKey: string; readonly privateKey: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

async function issueLeaf(
  leaf: LeafOptions,
  issuer: x509.X509Certificate,
  signingKey: webcrypto.CryptoKey,
): Promise<KeyPair> {
  const keys = await newKeys();
  const names = leaf.names ?? [];
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    issuer: issuer.subject,
    subject: [...(leaf.organization === undefined ? [] : [{ O: [leaf.organization] }]), { CN: [leaf.commonName] }],
    notBefore: leaf.notBefore ?? new Date(Date.now() - hour),
    notAfter: leaf.notAfter ?? new Date(Date.now() + 7 * 24 * hour),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey,
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([usages[leaf.usage]]),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names.map(alternativeName))]),
    ],
  });
  return { cert: pemOf(certificate), key: privateKeyPem(keys.privateKey) };
}

function alternativeName(name: string): x509.JsonGeneralName {
  return { type: isIP(name) === 0 ? 'dns' : 'ip', value: name };
}

/** 16 random bytes as hexadecimal, positive and of constant length (RFC 5280 §4.1.2.2). */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

function pemOf(certificate: x509.X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}

function privateKeyPem(key: webcrypto.CryptoKey): string {
  return KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }).toString();
}
