import { certificateFiles } from '../tls/files.ts';
import type { Certificates } from './serving.ts';
import type { TlsFlags } from './tls-flags.ts';

/** The pair that the flags ask for: of files, of a CA in the cluster, or one that nobody trusts. Rejects when there is none. */
export async function pairSource(flags: TlsFlags): Promise<Certificates> {
  const { tlsCertFile, tlsKeyFile, tlsSan, tlsSecret, tlsService } = flags;
  if (tlsCertFile !== undefined && tlsKeyFile !== undefined) {
    return { source: await certificateFiles(tlsCertFile, tlsKeyFile), managed: undefined };
  }
  if (tlsSecret !== undefined && tlsService !== undefined) {
    const { clusterTls } = await import('./cluster-tls.ts');
    const managed = await clusterTls(tlsSecret, tlsService, flags);
    return { source: managed.source, managed };
  }
  const { selfSignedSource } = await import('../tls/self-signed.ts');
  return { source: await selfSignedSource({ names: tlsSan ?? [] }), managed: undefined };
}
