import type { TlsOptions } from 'node:tls';
import type { TlsMaterial } from './certificate-source.ts';

/**
 * The whole set of TLS options for some material.
 *
 * The same set goes to createServer and to setSecureContext: what is left out there falls back to Node's defaults, so a
 * reload with the pair alone would forget the client CA and the lowest version.
 */
export function secureContextOptions(material: TlsMaterial): TlsOptions {
  const options: TlsOptions = { cert: material.cert, key: material.key, minVersion: 'TLSv1.2' };
  if (material.clientCa === undefined) return options;
  return { ...options, ca: material.clientCa, requestCert: true, rejectUnauthorized: true };
}
