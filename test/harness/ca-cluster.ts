import { readCaDocument, writeCaDocument } from '../../src/tls/ca-document.ts';
import type { CaStore, ConfigurationName, LiveConfiguration, StoredCa } from '../../src/tls/ca-store.ts';

/** How one call goes: as it should, not sent, or sent with its answer lost. */
export type Fault = 'none' | 'before' | 'after';

/** One state of a caBundle; `external` when no replica set it. */
export interface BundleVersion {
  readonly from: number;
  readonly bundle: string;
  readonly external: boolean;
}

interface SecretObject {
  readonly version: number;
  readonly data: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A cluster in memory with what the replicas keep: one Secret and two webhook configurations of two webhooks each. */
export interface CaCluster {
  /** The true time, milliseconds since the epoch; to be set by the test. */
  time: number;
  /** A store of one replica; `gate` is awaited before each call. */
  store(gate?: (call: string) => Promise<Fault> | Fault): CaStore;
  secret(): SecretObject | undefined;
  deleteSecret(): void;
  /** Overwrites the Secret as somebody else would. */
  setSecret(data: Readonly<Record<string, string>>, annotations?: Readonly<Record<string, string>>): void;
  bundles(): readonly string[];
  /** All that the caBundle of each webhook ever was. */
  history(): readonly (readonly BundleVersion[])[];
  setBundles(bundle: string): void;
  /** Takes a webhook configuration away, or puts it there with as many webhooks without a caBundle. */
  setWebhooks(kind: ConfigurationName['kind'], webhooks: number | undefined): void;
  /** The calls that changed something, in their order. */
  readonly writes: string[];
}

/** The names of the configurations. */
export const caConfigurations: readonly ConfigurationName[] = [
  { kind: 'validating', name: 'pratique' },
  { kind: 'mutating', name: 'pratique' },
];

interface Configuration {
  version: number;
  readonly webhooks: { name: string; versions: BundleVersion[] }[];
}

interface Contents {
  secret: SecretObject | undefined;
  version: number;
  readonly configurations: Map<ConfigurationName['kind'], Configuration>;
}

/** Makes a cluster at some time, with webhook configurations that have no caBundle, and no Secret. */
export function caCluster(time: number): CaCluster {
  const contents: Contents = { secret: undefined, version: 1, configurations: new Map() };
  const cluster: CaCluster = {
    time,
    writes: [],
    secret: () => contents.secret,
    deleteSecret: () => {
      contents.secret = undefined;
    },
    setSecret: (data, annotations = {}) => {
      contents.secret = { version: ++contents.version, data, annotations };
    },
    bundles: () => webhooksOf(contents).map(({ versions }) => versions.at(-1)?.bundle ?? ''),
    history: () => webhooksOf(contents).map(({ versions }) => versions),
    setBundles: (bundle) => {
      for (const configuration of contents.configurations.values()) {
        change(contents, configuration, { from: cluster.time, bundle, external: true });
      }
    },
    setWebhooks: (kind, webhooks) => {
      if (webhooks === undefined) contents.configurations.delete(kind);
      else contents.configurations.set(kind, emptyConfiguration(++contents.version, webhooks, cluster.time));
    },
    store: (gate = () => 'none') => storeOf(contents, cluster, gate),
  };
  for (const { kind } of caConfigurations) cluster.setWebhooks(kind, 2);
  return cluster;
}

function storeOf(contents: Contents, cluster: CaCluster, gate: (call: string) => Promise<Fault> | Fault): CaStore {
  const call = async <T>(name: string, answer: () => T): Promise<T> => {
    const fault = await gate(name);
    if (fault === 'before') throw new Error(`${name}: no answer after 5 s`);
    const given = answer();
    if (fault === 'after') throw new Error(`${name}: connection reset`);
    return given;
  };
  return {
    configuration: (name) => call(`read ${name.kind}`, () => viewOf(contents, name)),
    secret: () => call('read secret', () => ({ stored: storedOf(contents.secret), serverTime: cluster.time })),
    write: (document, over) =>
      call('write secret', () => {
        const before = (over?.object as SecretObject | undefined)?.version;
        if (before !== contents.secret?.version) return false;
        const { data, annotations } = writeCaDocument(document);
        contents.secret = { version: ++contents.version, data: present(data), annotations: present(annotations) };
        cluster.writes.push(before === undefined ? 'create secret' : 'update secret');
        return true;
      }),
    setBundles: (live, bundle) =>
      call(`patch ${live.kind}`, () => {
        const configuration = contents.configurations.get(live.kind);
        if (configuration === undefined || String(configuration.version) !== live.resourceVersion) return undefined;
        change(contents, configuration, { from: cluster.time, bundle, external: false });
        cluster.writes.push(`patch ${live.kind}`);
        return viewOf(contents, live);
      }),
  };
}

function viewOf({ configurations }: Contents, { kind, name }: ConfigurationName): LiveConfiguration | undefined {
  const configuration = configurations.get(kind);
  if (configuration === undefined) return undefined;
  const webhooks = configuration.webhooks.map((one) => ({
    name: one.name,
    bundle: one.versions.at(-1)?.bundle ?? '',
  }));
  return { kind, name, resourceVersion: String(configuration.version), webhooks };
}

function storedOf(secret: SecretObject | undefined): StoredCa | undefined {
  if (secret === undefined) return undefined;
  return { document: readCaDocument(secret.data, secret.annotations), object: secret };
}

function change(contents: Contents, configuration: Configuration, version: BundleVersion): void {
  configuration.version = ++contents.version;
  for (const webhook of configuration.webhooks) webhook.versions.push(version);
}

function emptyConfiguration(version: number, webhooks: number, from: number): Configuration {
  const one = (index: number) => ({ name: `webhook-${index}`, versions: [{ from, bundle: '', external: true }] });
  return { version, webhooks: Array.from({ length: webhooks }, (_, index) => one(index)) };
}

function webhooksOf({ configurations }: Contents): Configuration['webhooks'] {
  return [...configurations.values()].flatMap(({ webhooks }) => webhooks);
}

function present(texts: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
