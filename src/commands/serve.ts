import { buildCommand } from '@stricli/core';
import { parseBytes, parseEndpoint, parseRatio } from './flag-values.ts';
import { type JournalFlags, journalFlags } from './journal-flags.ts';
import { type ListenFlags, listenFlags } from './listen-flags.ts';
import { type TlsFlags, tlsFlags } from './tls-flags.ts';

/** The flags of `pratique serve`. */
export interface ServeFlags extends ListenFlags, TlsFlags, JournalFlags {
  readonly config?: string;
  readonly maxInflightBytes: number;
  readonly otlpEndpoint?: string;
  readonly traceRatio: number;
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
      ...listenFlags({ port: '8443', portBrief: 'Port of the webhook', healthPort: '8080', drain: '20s' }),
      ...tlsFlags,
      ...journalFlags,
      maxInflightBytes: {
        kind: 'parsed',
        parse: parseBytes,
        default: '128Mi',
        brief: 'Request bodies held at once; above it 503',
        placeholder: 'bytes',
      },
      otlpEndpoint: {
        kind: 'parsed',
        parse: parseEndpoint,
        optional: true,
        brief: 'OTLP receiver (HTTP) that gets a span of each sampled review; no tracing if absent',
        placeholder: 'url',
      },
      traceRatio: {
        kind: 'parsed',
        parse: parseRatio,
        default: '0',
        brief: 'Share of the reviews without a traceparent that get a span',
        placeholder: '0..1',
      },
    },
  },
  docs: {
    brief: 'Answer admission reviews',
    fullDescription:
      'Serves the admission webhook: HTTPS /validate, /mutate and /observe, and plain HTTP /livez, /readyz and /metrics on ' +
      'another port. Writes one JSON line to standard output for each decision. Certificate and configuration files are ' +
      'taken again when they change. With --tls-secret it keeps a CA in that Secret together with its replicas, signs its ' +
      'own certificate and keeps the caBundle of the named webhook configurations. Without either it signs a certificate ' +
      'that nobody trusts, to be tried with curl. With --journal-url it ships its record to a journal as well, and never ' +
      'waits for it.',
  },
});
