import type { CaDocument, CorruptDocument } from './ca-document.ts';

/** One of the webhook configurations whose caBundle is kept. */
export interface ConfigurationName {
  readonly kind: 'validating' | 'mutating';
  readonly name: string;
}

/** A webhook configuration as it is in the cluster. */
export interface LiveConfiguration extends ConfigurationName {
  readonly resourceVersion: string;
  /** The bundle is PEM, empty where there is none. */
  readonly webhooks: readonly { readonly name: string; readonly bundle: string }[];
}

/** The Secret as it is in the cluster. */
export interface StoredCa {
  readonly document: CaDocument | CorruptDocument;
  /** The whole object, as it is written back. */
  readonly object: unknown;
}

/** What the life cycle needs of a cluster. All of it rejects when the cluster refuses or does not answer. */
export interface CaStore {
  /** Undefined when there is none, or none whose caBundle is ours. */
  configuration(name: ConfigurationName): Promise<LiveConfiguration | undefined>;
  /** The Secret, and the API server's own time in milliseconds since the epoch. */
  secret(): Promise<{ readonly stored: StoredCa | undefined; readonly serverTime: number | undefined }>;
  /** Creates the Secret, or changes the one that was read; false when another was faster. */
  write(document: CaDocument, over: StoredCa | undefined): Promise<boolean>;
  /** Sets every caBundle of the configuration that was read; undefined when another changed it in between. */
  setBundles(configuration: LiveConfiguration, bundle: string): Promise<LiveConfiguration | undefined>;
}

/** What a configuration is called in metrics and logs: `validating/pratique`. */
export function labelOf({ kind, name }: ConfigurationName): string {
  return `${kind}/${name}`;
}
