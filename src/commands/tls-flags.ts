import { parseDuration } from './flag-values.ts';

/** The flags of `pratique serve` that say where its certificate comes from. Durations are in milliseconds. */
export interface TlsFlags {
  readonly tlsCertFile?: string;
  readonly tlsKeyFile?: string;
  readonly clientCaFile?: string;
  readonly tlsSan?: readonly string[];
  readonly tlsSecret?: string;
  readonly tlsService?: string;
  readonly namespace?: string;
  readonly validatingWebhookConfiguration?: string;
  readonly mutatingWebhookConfiguration?: string;
  readonly kubeconfig?: string;
  readonly tlsCaLifetime: number;
  readonly tlsLeafLifetime: number;
  readonly tlsOverlap: number;
  readonly tlsReconcile: number;
}

const text = (brief: string, placeholder: string) =>
  ({ kind: 'parsed', parse: String, optional: true, brief, placeholder }) as const;

const duration = (brief: string, value: string) =>
  ({ kind: 'parsed', parse: parseDuration, default: value, brief, placeholder: 'duration' }) as const;

/** Their parsers and help texts. */
export const tlsFlags = {
  tlsCertFile: text('Certificate and chain (PEM)', 'file'),
  tlsKeyFile: text('Private key of the certificate (PEM)', 'file'),
  clientCaFile: text('CAs (PEM) that callers must have a certificate of', 'file'),
  tlsSan: {
    kind: 'parsed',
    parse: String,
    variadic: true,
    optional: true,
    brief: 'Further name or address of a certificate that it signs itself',
    placeholder: 'name',
  },
  tlsSecret: text('Secret for the CA that the replicas share and sign their certificates with', 'name'),
  tlsService: text('Service whose names those certificates hold', 'name'),
  namespace: text("Namespace of both; the pod's own if absent", 'name'),
  validatingWebhookConfiguration: text('ValidatingWebhookConfiguration whose caBundle is kept', 'name'),
  mutatingWebhookConfiguration: text('MutatingWebhookConfiguration whose caBundle is kept', 'name'),
  kubeconfig: text("How to reach the API server; the pod's service account if absent", 'file'),
  tlsCaLifetime: duration('Life of a CA; replaced at two thirds of it', '43800h'),
  tlsLeafLifetime: duration('Life of a certificate; replaced at two thirds of it', '720h'),
  tlsOverlap: duration('How long a new CA is in every caBundle before it signs', '5m'),
  tlsReconcile: duration('How often Secret and caBundles are looked at', '60s'),
} as const;

/** What is wrong with these flags together; undefined when nothing is. */
export function tlsConflict(flags: TlsFlags): string | undefined {
  if ((flags.tlsCertFile === undefined) !== (flags.tlsKeyFile === undefined)) {
    return '--tls-cert-file and --tls-key-file belong together: give both or neither';
  }
  if (flags.tlsSecret === undefined) return withoutSecret(flags);
  if (flags.tlsCertFile !== undefined) {
    return '--tls-secret and --tls-cert-file exclude each other: the certificate comes from the CA in the Secret, or from the file';
  }
  if (flags.tlsService === undefined) return '--tls-secret needs --tls-service: its names go into the certificate';
  return wrongTimes(flags);
}

/** What has no meaning without the Secret would otherwise be given in vain, and nobody would tell. */
function withoutSecret(flags: TlsFlags): string | undefined {
  const { tlsService, namespace, validatingWebhookConfiguration, mutatingWebhookConfiguration, kubeconfig } = flags;
  const given = Object.entries({
    '--tls-service': tlsService,
    '--namespace': namespace,
    '--validating-webhook-configuration': validatingWebhookConfiguration,
    '--mutating-webhook-configuration': mutatingWebhookConfiguration,
    '--kubeconfig': kubeconfig,
  }).find(([, value]) => value !== undefined);
  return given === undefined ? undefined : `${given[0]} needs --tls-secret`;
}

/** Each step of a rotation needs a few looks at the cluster, and must be over before its certificates are. */
function wrongTimes({ tlsCaLifetime, tlsLeafLifetime, tlsOverlap, tlsReconcile }: TlsFlags): string | undefined {
  if (tlsReconcile < 100) return '--tls-reconcile must be at least 100ms';
  if (tlsLeafLifetime < 6 * tlsReconcile) return '--tls-leaf-lifetime must be at least six times --tls-reconcile';
  if (tlsLeafLifetime < 2 * tlsOverlap) return '--tls-leaf-lifetime must be at least twice --tls-overlap';
  if (tlsCaLifetime < 3 * (tlsOverlap + 3 * tlsReconcile)) {
    return '--tls-ca-lifetime must be at least three times --tls-overlap and nine times --tls-reconcile';
  }
  if (tlsCaLifetime < tlsLeafLifetime) return '--tls-ca-lifetime must be at least --tls-leaf-lifetime';
  return undefined;
}
