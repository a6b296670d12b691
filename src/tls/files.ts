import { type CertificateSource, readPair, type TlsMaterial, withClientCas } from './certificate-source.ts';
import { pollFiles } from './polled-files.ts';

/** How often files are looked at when nothing else is said, in milliseconds: cert-manager's own figure. */
const filePollInterval = 10_000;

/**
 * Serves a pair of PEM files, and takes new ones when their bytes change.
 *
 * A pair that is broken, or half written, leaves the old one in use. Throws UnusableCertificateError or a file system
 * error when there is no good pair at first.
 */
export function certificateFiles(
  certFile: string,
  keyFile: string,
  interval = filePollInterval,
): Promise<CertificateSource> {
  return pollFiles([certFile, keyFile], ([cert = '', key = '']) => readPair(cert, key), interval);
}

/** Adds the CAs of a file to what another source serves, and takes new ones when the file's bytes change. */
export async function withClientCaFile(
  inner: CertificateSource,
  caFile: string,
  interval = filePollInterval,
): Promise<CertificateSource> {
  const bundles = await pollFiles([caFile], ([bundle = '']) => withClientCas(inner.current(), bundle), interval);
  const current = (): TlsMaterial => withClientCas(inner.current(), bundles.current().clientCa ?? '');
  return {
    current,
    problem: () => inner.problem() ?? bundles.problem(),
    onChange(listener) {
      inner.onChange(() => listener(current()));
      bundles.onChange(() => listener(current()));
    },
    onProblem(listener) {
      inner.onProblem(listener);
      bundles.onProblem(listener);
    },
    stop() {
      inner.stop();
      bundles.stop();
    },
  };
}
