import { buildCommand } from '@stricli/core';
import { parseBytes, parseDuration } from './flag-values.ts';
import { type PageFlags, pageFlags } from './journal-page-flags.ts';
import { newStoreFlags, type StoreFlags } from './journal-store.ts';
import { type ListenFlags, listenFlags } from './listen-flags.ts';
import { type TlsFlags, tlsFlags } from './tls-flags.ts';

type JournalTlsFlags = Omit<
  TlsFlags,
  'clientCaFile' | 'validatingWebhookConfiguration' | 'mutatingWebhookConfiguration'
>;

/** The flags of `pratique journal serve`. */
export interface JournalServeFlags extends ListenFlags, JournalTlsFlags, StoreFlags, PageFlags {
  readonly writer?: readonly string[];
  readonly audience: string;
  readonly tokenFile?: string;
  readonly retention: number;
  readonly maxSize?: number;
}

const { tlsCertFile, tlsKeyFile, tlsSan, tlsSecret, tlsService, namespace, kubeconfig } = tlsFlags;
const { tlsCaLifetime, tlsLeafLifetime, tlsOverlap, tlsReconcile } = tlsFlags;

/** `pratique journal serve`: takes records and keeps them. */
export const journalServeCommand = buildCommand<JournalServeFlags>({
  loader: async () => ({ default: (await import('./journal-serve-action.ts')).serveJournal }),
  parameters: {
    flags: {
      ...newStoreFlags,
      writer: {
        kind: 'parsed',
        parse: String,
        variadic: true,
        optional: true,
        brief: 'User name that may write: system:serviceaccount:NAMESPACE:NAME',
        placeholder: 'user',
      },
      audience: { kind: 'parsed', parse: String, default: 'pratique-journal', brief: 'Audience of their tokens' },
      tokenFile: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'Tokens that may write, one a line, outside a cluster; in place of --writer',
        placeholder: 'file',
      },
      retention: {
        kind: 'parsed',
        parse: parseDuration,
        default: '30d',
        brief: 'How long records are kept',
        placeholder: 'duration',
      },
      maxSize: {
        kind: 'parsed',
        parse: parseBytes,
        optional: true,
        brief: 'Size of the store above which the oldest records go; no limit if absent',
        placeholder: 'bytes',
      },
      ...listenFlags({ port: '8444', portBrief: 'Port for records', healthPort: '8081', drain: '5s' }),
      ...{ tlsCertFile, tlsKeyFile, tlsSan, tlsSecret, tlsService, namespace, kubeconfig },
      ...{ tlsCaLifetime, tlsLeafLifetime, tlsOverlap, tlsReconcile },
      ...pageFlags,
    },
  },
  docs: {
    brief: 'Take records from webhooks and keep them',
    fullDescription: [
      'Serves POST /v1/records over HTTPS for webhooks that run with --journal-url, and plain HTTP /livez, /readyz and',
      '/metrics on another port. In a cluster, callers prove who they are by a token of their service account for the',
      'audience, which the API server reviews; their user name must be a --writer. Outside, by a token of --token-file.',
      '',
      'Certificates come from files, from a CA of its own in the Secret that --tls-secret names, or, with neither, it signs',
      'one that nobody trusts.',
      '',
      'Examples:',
      '  pratique journal serve --store ./journal --token-file tokens --tls-cert-file tls.crt --tls-key-file tls.key',
      '  pratique journal serve --store /var/lib/pratique/journal --writer system:serviceaccount:pratique:pratique \\',
      '    --tls-secret pratique-journal-ca --tls-service pratique-journal',
    ].join('\n'),
  },
});
