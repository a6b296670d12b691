import { checks } from '../checks/registry.ts';
import { folderParameters } from '../facts/storage.ts';

/** A rule of a webhook configuration, with every field that we set. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly string[];
  readonly operations: readonly string[];
  readonly resources: readonly string[];
  readonly scope: 'Namespaced' | 'Cluster';
}

/** The settings of checks in which a site names annotations that are read as well. */
export function annotationSettings(): readonly { readonly check: string; readonly setting: string }[] {
  return checks.flatMap(({ id, annotationSettings: settings = [] }) =>
    settings.map((setting) => ({ check: id, setting })),
  );
}

/** More annotations than pods have; so many are not looked through in CEL, whose budget a pod's author could exhaust. */
const annotationsLookedThrough = 100;

/** What of a pod is judged, beside its spec. */
export interface JudgedChanges {
  /** The key of the label that asks for the device, as CEL. */
  readonly key: string;
  /** Annotation keys that are read whatever the site says; prefixes end with `*`. */
  readonly annotationsRead: readonly string[];
  /** Further keys, as CEL that continues a list: empty, or `, 'one', 'two'`. */
  readonly siteAnnotations: string;
}

/**
 * The one match condition of pods: an update is sent only when it changes what is judged.
 *
 * The server decides the same by itself; in CEL it holds while the server is down, so that an outage under
 * failurePolicy Fail cannot keep a Job's pods from losing their finalizers.
 *
 * A loop over a pod's annotations is bounded: 4,000 short ones would exceed the cost limit of an expression, which is an
 * error, and an error freezes the pod under Fail and skips the webhook under Ignore.
 */
export function podsCondition({ key, annotationsRead, siteAnnotations }: JudgedChanges): string {
  const labelled = (object: string) => `has(${object}.metadata.labels) && ${key} in ${object}.metadata.labels`;
  const value = (object: string) => `(${labelled(object)} ? ${object}.metadata.labels[${key}] : '')`;
  const had = `(${labelled('object')})`;
  const hadBefore = `(${labelled('oldObject')})`;
  return [
    "request.operation != 'UPDATE'",
    'object.spec != oldObject.spec',
    `${had} != ${hadBefore} || ${value('object')} != ${value('oldObject')}`,
    changesAnnotationRead(annotationsRead, siteAnnotations),
  ].join(' ||\n');
}

function changesAnnotationRead(annotationsRead: readonly string[], siteAnnotations: string): string {
  const now = 'object.metadata.annotations';
  const old = 'oldObject.metadata.annotations';
  return (
    `(has(${now}) && (!has(${old}) || ${now} != ${old}) && ` +
    `(size(${now}) > ${annotationsLookedThrough} || ${now}.exists(k, (${celReads(annotationsRead, siteAnnotations)}) && ` +
    `!(has(${old}) && k in ${old} && ${old}[k] == ${now}[k]))))`
  );
}

function celReads(annotationsRead: readonly string[], siteAnnotations: string): string {
  const exact = annotationsRead.filter((key) => !key.endsWith('*'));
  const prefixes = annotationsRead.filter((key) => key.endsWith('*')).map((key) => key.slice(0, -1));
  return [
    `k in [${exact.map(celString).join(', ')}${siteAnnotations}]`,
    ...prefixes.map((prefix) => `k.startsWith(${celString(prefix)})`),
  ].join(' || ');
}

/** A text as a string of CEL. */
export function celString(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/**
 * Workloads are only told early what their pods will be denied for, and Services only of a sign: an outage never holds
 * them up.
 */
const templateRules: readonly Rule[] = [
  rule(['CREATE', 'UPDATE'], ['podtemplates', 'replicationcontrollers', 'services']),
  rule(['CREATE', 'UPDATE'], ['daemonsets', 'deployments', 'replicasets', 'statefulsets'], { group: 'apps' }),
  rule(['CREATE', 'UPDATE'], ['cronjobs', 'jobs'], { group: 'batch' }),
  rule(['CREATE', 'UPDATE'], ['deploymentconfigs'], { group: 'apps.openshift.io' }),
];

/** A PodTemplate has no spec, and is rarely updated. */
export const templatesCondition =
  "request.operation != 'UPDATE' || !has(object.spec) || !has(oldObject.spec) || object.spec != oldObject.spec";

/** Objects that lead pods to the node, or make a sandbox of something else, without showing in any pod. */
const storageRules: readonly Rule[] = [
  rule(['CREATE', 'UPDATE'], ['persistentvolumes'], { scope: 'Cluster' }),
  rule(['CREATE', 'UPDATE'], ['storageclasses'], { group: 'storage.k8s.io', scope: 'Cluster' }),
  rule(['CREATE', 'UPDATE'], ['runtimeclasses'], { group: 'node.k8s.io', scope: 'Cluster' }),
  rule(['CREATE', 'UPDATE'], ['resourceclaims', 'resourceclaimtemplates'], { group: 'resource.k8s.io' }),
];

/**
 * Lets everything through that no check looks at, so that an outage holds up as little as can be. An ordinary volume is
 * one of a CSI driver; every other source is sent, since some lead to the node by spellings that CEL cannot read, and a
 * source that a later Kubernetes brings has a name that nobody knows. Which RuntimeClasses are guarded, a site's
 * configuration says; there are few, and nobody changes them often.
 */
export function storageCondition(): string {
  const changed = "(request.operation != 'UPDATE' || object.spec != oldObject.spec)";
  const driver = "(object.spec.csi.driver.startsWith('local.csi.') || object.spec.csi.driver.contains('hostpath'))";
  const parameters = ['allowUnsafePathPattern', 'pathPattern', ...folderParameters].map(celString);
  return [
    `request.resource.resource == 'persistentvolumes' ? ${changed} &&`,
    `  (!has(object.spec.csi) || ${driver}) :`,
    "request.resource.resource == 'storageclasses' ?",
    `  has(object.parameters) && [${parameters.join(', ')}].exists(p, p in object.parameters) :`,
    "request.resource.resource == 'runtimeclasses' ?",
    "  (request.operation != 'UPDATE' || object.handler != oldObject.handler) :",
    changed,
  ].join('\n');
}

function rule(
  operations: readonly string[],
  resources: readonly string[],
  { group = '', scope = 'Namespaced' }: { readonly group?: string; readonly scope?: 'Namespaced' | 'Cluster' } = {},
): Rule {
  return { apiGroups: [group], apiVersions: ['*'], operations, resources, scope };
}

/** What the API server must ask about, by webhook; the two of pods and the mutating one see nothing else. */
export const webhookRules = {
  pods: [rule(['CREATE', 'UPDATE'], ['pods']), rule(['UPDATE'], ['pods/ephemeralcontainers'])],
  mutate: [rule(['CREATE'], ['pods'])],
  templates: templateRules,
  storage: storageRules,
} as const satisfies Readonly<Record<string, readonly Rule[]>>;
