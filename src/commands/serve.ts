import { buildCommand } from '@stricli/core';
import { parseBytes, parseDuration, parsePort } from './flag-values.ts';

/** The flags of `pratique serve`. */
export interface ServeFlags {
  readonly config?: string;
  readonly host?: string;
  readonly port: number;
  readonly healthPort: number;
  readonly tlsCertFile?: string;
  readonly tlsKeyFile?: string;
  readonly clientCaFile?: string;
  readonly tlsSan?: readonly string[];
  readonly drain: number;
  readonly maxInflightBytes: number;
}

/** `pratique serve`: the webhook. */
export const serveCommand = buildCommand<ServeFlags>({
  loader: async () => {
    const { serveWebhook } = await import('./serve-webhook.ts');
    return { default: serveWebhook };
  },
  parameters: {
    flags: {
      config: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'Configuration file; the built-in one if absent',
        placeholder: 'file',
      },
      host: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'Address to listen on; all of them if absent',
        placeholder: 'address',
      },
      port: {
        kind: 'parsed',
        parse: parsePort,
        default: '8443',
        brief: 'Port of the webhook (HTTPS); 0 for a free one',
        placeholder: 'port',
      },
      healthPort: {
        kind: 'parsed',
        parse: parsePort,
        default: '8080',
        brief: 'Port of /livez, /readyz and /metrics (HTTP)',
        placeholder: 'port',
      },
      tlsCertFile: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'Certificate and chain (PEM); self-signed if absent',
        placeholder: 'file',
      },
      tlsKeyFile: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'Private key of the certificate (PEM)',
        placeholder: 'file',
      },
      clientCaFile: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'CAs (PEM) that callers must have a certificate of',
        placeholder: 'file',
      },
      tlsSan: {
        kind: 'parsed',
        parse: String,
        variadic: true,
        optional: true,
        brief: 'Further name or address of a self-signed certificate',
        placeholder: 'name',
      },
      drain: {
        kind: 'parsed',
        parse: parseDuration,
        default: '20s',
        brief: 'How long to answer after SIGTERM',
        placeholder: 'duration',
      },
      maxInflightBytes: {
        kind: 'parsed',
        parse: parseBytes,
        default: '128Mi',
        brief: 'Request bodies held at once; above it 503',
        placeholder: 'bytes',
      },
    },
  },
  docs: {
    brief: 'Answer admission reviews',
    fullDescription:
      'Serves the admission webhook: HTTPS /validate, /mutate and /observe, and plain HTTP /livez, /readyz and /metrics on ' +
      'another port. Writes one JSON line to standard output for each decision. Certificate and configuration files are ' +
      'taken again when they change. Without a certificate it signs one itself, to be tried with curl.',
  },
});
