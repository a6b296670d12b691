import { type ApiAnswer, type ApiOptions, type ClusterApi, ClusterError, refusalOf } from '../cluster/api.ts';
import { mapAt, objectAt, objectsAt, textAt } from '../kubernetes/fields.ts';
import { readCaDocument, writeCaDocument } from './ca-document.ts';
import { type CaStore, type ConfigurationName, type LiveConfiguration, labelOf, type StoredCa } from './ca-store.ts';

/** Where the Secret is. */
export interface SecretName {
  readonly namespace: string;
  readonly name: string;
}

const fieldManager = 'pratique-tls';
/** What the chart calls its value `tls.mode`, on webhook configurations whose caBundle is not ours. */
const modeAnnotation = 'pratique.dev/tls-mode';
const impatient: ApiOptions = { timeoutMs: 5_000, attempts: 1 };
const resources = { validating: 'validatingwebhookconfigurations', mutating: 'mutatingwebhookconfigurations' } as const;

/** Keeps the CA in a Secret, and the caBundles in webhook configurations, of a real cluster. `open` is called once. */
export function clusterStore(open: () => Promise<ClusterApi>, secret: SecretName): CaStore {
  let opened: Promise<ClusterApi> | undefined;
  const send = async (...[method, path, options]: Parameters<ClusterApi['send']>): Promise<ApiAnswer> => {
    opened ??= open();
    // Credentials that could not be read may be there at the next attempt.
    opened.catch(() => (opened = undefined));
    return (await opened).send(method, path, { ...impatient, ...options });
  };
  return {
    configuration: (name) => readConfiguration(send, name),
    secret: () => readSecret(send, secret),
    write: (document, over) => writeSecret(send, secret, writtenOf(document, over?.object, secret), over),
    setBundles: (configuration, bundle) => setBundles(send, configuration, bundle),
  };
}

type Send = ClusterApi['send'];

async function readConfiguration(send: Send, name: ConfigurationName): Promise<LiveConfiguration | undefined> {
  const answer = await send('GET', configurationPath(name));
  if (answer.status === 404) return undefined;
  if (answer.status !== 200) throw refused(`${labelOf(name)} cannot be read`, answer);
  return isKeptByOthers(answer.body) ? undefined : configurationOf(name, answer.body);
}

async function readSecret(send: Send, name: SecretName): ReturnType<CaStore['secret']> {
  const answer = await send('GET', secretPath(name));
  if (answer.status === 404) return { stored: undefined, serverTime: answer.date };
  if (answer.status !== 200) throw refused(`the Secret ${name.namespace}/${name.name} cannot be read`, answer);
  const decoded = Object.entries(mapAt(answer.body, 'data')).map(([key, text]) => [
    key,
    Buffer.from(text, 'base64').toString(),
  ]);
  const annotations = mapAt(answer.body, 'metadata', 'annotations');
  const document = readCaDocument(Object.fromEntries(decoded), annotations);
  return { stored: { document, object: answer.body }, serverTime: answer.date };
}

async function writeSecret(send: Send, name: SecretName, body: object, over: StoredCa | undefined): Promise<boolean> {
  const answer = await (over === undefined
    ? send('POST', secretsPath(name), { body, query: { fieldManager } })
    : send('PUT', secretPath(name), { body, query: { fieldManager } }));
  if (answer.status === 200 || answer.status === 201) return true;
  // Another replica was faster; or the Secret was deleted since it was read.
  if (answer.status === 409 || (answer.status === 404 && over !== undefined)) return false;
  throw refused(`the Secret ${name.namespace}/${name.name} cannot be written`, answer);
}

/** Keeps whatever somebody else put into the Secret, its type and its resourceVersion among it. */
function writtenOf(document: Parameters<typeof writeCaDocument>[0], over: unknown, { namespace, name }: SecretName) {
  const { data, annotations } = writeCaDocument(document);
  const encoded = Object.entries(data).map(([key, text]) => [
    key,
    text === undefined ? undefined : Buffer.from(text).toString('base64'),
  ]);
  const old = objectAt(over);
  const fresh = {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    metadata: { namespace, name, labels: { 'app.kubernetes.io/managed-by': 'pratique' } },
  };
  return {
    ...fresh,
    ...old,
    metadata: {
      ...fresh.metadata,
      ...objectAt(old, 'metadata'),
      annotations: { ...mapAt(old, 'metadata', 'annotations'), ...annotations },
    },
    data: { ...mapAt(old, 'data'), ...Object.fromEntries(encoded) },
  };
}

/**
 * By a JSON patch of nothing but the caBundles, with a field manager of its own. By server-side apply we would own the
 * items of the list as well, and Helm 4 could not take a webhook out of it: what is left of it would be invalid. With
 * the resourceVersion, the API server refuses the patch when anything changed since the configuration was read.
 */
async function setBundles(
  send: Send,
  configuration: LiveConfiguration,
  bundle: string,
): Promise<LiveConfiguration | undefined> {
  const value = Buffer.from(bundle).toString('base64');
  const body = [
    { op: 'replace', path: '/metadata/resourceVersion', value: configuration.resourceVersion },
    ...configuration.webhooks.map((_, index) => ({
      op: 'add',
      path: `/webhooks/${index}/clientConfig/caBundle`,
      value,
    })),
  ];
  const answer = await send('PATCH', configurationPath(configuration), {
    body,
    contentType: 'application/json-patch+json',
    query: { fieldManager },
  });
  // 404: deleted since it was read; 422: an index that is no longer there.
  if (answer.status === 409 || answer.status === 404 || answer.status === 422) return undefined;
  if (answer.status !== 200) throw refused(`the caBundle of ${labelOf(configuration)} cannot be set`, answer);
  return configurationOf(configuration, answer.body);
}

/**
 * Whether the release was changed to another way of getting certificates. A replica of before, still on its way out, would
 * set the caBundle back, and nobody would set it right after that.
 */
function isKeptByOthers(body: unknown): boolean {
  const { [modeAnnotation]: mode = 'self' } = mapAt(body, 'metadata', 'annotations');
  return mode !== 'self';
}

function configurationOf({ kind, name }: ConfigurationName, body: unknown): LiveConfiguration {
  return {
    kind,
    name,
    resourceVersion: textAt(body, 'metadata', 'resourceVersion'),
    webhooks: objectsAt(body, 'webhooks').map((webhook) => ({
      name: textAt(webhook, 'name'),
      bundle: Buffer.from(textAt(webhook, 'clientConfig', 'caBundle'), 'base64').toString(),
    })),
  };
}

function configurationPath({ kind, name }: ConfigurationName): string {
  return `/apis/admissionregistration.k8s.io/v1/${resources[kind]}/${encodeURIComponent(name)}`;
}

function secretsPath({ namespace }: SecretName): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`;
}

function secretPath(name: SecretName): string {
  return `${secretsPath(name)}/${encodeURIComponent(name.name)}`;
}

function refused(what: string, answer: ApiAnswer): ClusterError {
  return new ClusterError(`${what}: ${refusalOf(answer)}`);
}
