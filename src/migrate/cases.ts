import { objectOf, spread, type WrittenCase } from '../checks/case.ts';
import { checks } from '../checks/registry.ts';
import { isObject } from '../kubernetes/shape.ts';
import { parseImage } from '../matching/image.ts';
import written from './cases.json' with { type: 'json' };
import { neutralPods } from './neutral.ts';
import type { Place } from './scope.ts';

/** JSON that is still being made. */
type Draft = Record<string, unknown>;

/** An object that a rule of Kyverno's and our checks are both asked about. */
export interface Sample {
  /** Says which one it is, for people. */
  readonly title: string;
  /** Where it is from: a check's cases, pods that no check finds anything in, or a file of the user's. */
  readonly from: string;
  /** Whether it is one of many that differ in one value only, and not among the first of them. */
  readonly isVariant: boolean;
  readonly object: Readonly<Draft>;
}

// The files are read, and their keys held against what a case has, when cases.json is generated from them.
const cases = written as unknown as Readonly<
  Record<string, Readonly<Record<'found' | 'clean', readonly WrittenCase[]>>>
>;

/** Whether the check that a case belongs to finds the same in a changed object as in the one that was written. */
export type FindsTheSame = (check: string, before: Readonly<Draft>, after: Readonly<Draft>) => boolean;

/**
 * The cases of every check, and pods in which no check finds anything. A pod is as good as it can be but for what its case
 * is about, so that what a rule says of it is about that; the first of each side is there as it was written as well.
 */
export function samples(findsTheSame: FindsTheSame): readonly Sample[] {
  const found = checks.flatMap(({ id }) =>
    (['found', 'clean'] as const).flatMap((side) => sideOf(id, side, findsTheSame)),
  );
  const neutral = neutralPods.map((one): Sample => {
    const object = asAdmitted(hardened(objectOf(one), '', () => true));
    return { title: one.name, from: 'neutral', isVariant: false, object };
  });
  return [...found, ...neutral];
}

/** So many of the cases that differ in one value only are told apart from the start. */
const firstOfVariants = 2;

function sideOf(check: string, side: 'found' | 'clean', findsTheSame: FindsTheSame): readonly Sample[] {
  const word = side === 'found' ? check : `not ${check}`;
  return (cases[check]?.[side] ?? []).flatMap((one, first) =>
    spread(one).flatMap((each, index): readonly Sample[] => {
      const object = objectOf(each);
      const head = { title: `${word}: ${each.name}`, from: check, isVariant: index >= firstOfVariants };
      if (object['kind'] !== 'Pod') return [{ ...head, object }];
      const sample = { ...head, object: asAdmitted(hardened(object, check, findsTheSame)) };
      const bare = { ...head, title: `${head.title}; nothing else said`, object: asAdmitted(object) };
      return first === 0 && index === 0 ? [sample, bare] : [sample];
    }),
  );
}

/**
 * A pod as admission sees it: the API server has taken out what is null and lists that are empty, and has filled in what
 * every pod has (kubernetes pkg/apis/core/v1/defaults.go).
 */
export function asAdmitted(pod: Readonly<Draft>): Draft {
  const clean = withoutNulls(pod) as Draft;
  const withSpec = withPod(clean, podDefaults);
  return withContainers(withSpec, (container) => {
    const { tag = 'latest', digest } = parseImage(String(container['image'] ?? '')) ?? {};
    const pulled = tag === 'latest' && digest === undefined ? 'Always' : 'IfNotPresent';
    return { resources: {}, imagePullPolicy: pulled, ...containerDefaults, ...container };
  });
}

const podDefaults = {
  dnsPolicy: 'ClusterFirst',
  enableServiceLinks: true,
  preemptionPolicy: 'PreemptLowerPriority',
  priority: 0,
  restartPolicy: 'Always',
  schedulerName: 'default-scheduler',
  securityContext: {},
  serviceAccount: 'default',
  serviceAccountName: 'default',
  terminationGracePeriodSeconds: 30,
};

const containerDefaults = { terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'File' };

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((one) => one !== null).map(withoutNulls);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([, one]) => one !== null && !(Array.isArray(one) && one.length === 0));
  return Object.fromEntries(entries.map(([key, one]) => [key, withoutNulls(one)]));
}

/** Steps towards a pod that no standard objects to; each is left out where it would take away what a case is about. */
const steps: readonly ((pod: Draft) => Draft)[] = [
  (pod) => withPod(pod, { automountServiceAccountToken: false }),
  (pod) => withPod(pod, {}, { runAsNonRoot: true }),
  (pod) => withPod(pod, {}, { seccompProfile: { type: 'RuntimeDefault' } }),
  // On both levels: rules differ in which they look at.
  (pod) => withContainers(pod, (container) => withContext(container, { runAsNonRoot: true })),
  (pod) => withContainers(pod, (container) => withContext(container, { seccompProfile: { type: 'RuntimeDefault' } })),
  (pod) => withContainers(pod, (container) => withContext(container, { capabilities: { drop: ['ALL'] } })),
  (pod) => withContainers(pod, withoutEscalation),
  (pod) => withContainers(pod, (container) => withContext(container, { readOnlyRootFilesystem: true })),
  (pod) => withContainers(pod, (container) => ({ resources: smallResources, ...container })),
  withLabels,
];

const smallResources = { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '100m', memory: '128Mi' } };

function hardened(object: Draft, check: string, findsTheSame: FindsTheSame): Draft {
  return steps.reduce((pod, step) => {
    const next = step(pod);
    return findsTheSame(check, pod, next) ? next : pod;
  }, object);
}

function withPod(pod: Draft, fields: Draft, context?: Draft): Draft {
  const spec = recordOf(pod['spec']);
  const securityContext =
    context === undefined ? {} : { securityContext: { ...context, ...recordOf(spec['securityContext']) } };
  return { ...pod, spec: { ...fields, ...spec, ...securityContext } };
}

function withContainers(pod: Draft, change: (container: Draft) => Draft): Draft {
  const spec = recordOf(pod['spec']);
  const lists = ['containers', 'initContainers'].filter((list) => Array.isArray(spec[list]));
  const changed = lists.map((list) => {
    const containers = spec[list] as readonly unknown[];
    return [list, containers.map((one) => (isObject(one) ? change({ ...one }) : one))];
  });
  return { ...pod, spec: { ...spec, ...Object.fromEntries(changed) } };
}

function withContext(container: Draft, context: Draft): Draft {
  const own = container['securityContext'];
  if (own !== undefined && !isObject(own)) return container;
  return { ...container, securityContext: { ...context, ...own } };
}

/** The API server refuses it in a container that is privileged or has CAP_SYS_ADMIN. */
function withoutEscalation(container: Draft): Draft {
  const context = recordOf(container['securityContext']);
  const added = JSON.stringify(recordOf(context['capabilities'])['add'] ?? []);
  if (context['privileged'] === true || /SYS_ADMIN|ALL/i.test(added)) return container;
  return withContext(container, { allowPrivilegeEscalation: false });
}

function withLabels(pod: Draft): Draft {
  const metadata = recordOf(pod['metadata']);
  const labels = { app: 'case', 'app.kubernetes.io/name': 'case', ...recordOf(metadata['labels']) };
  return { ...pod, metadata: { ...metadata, labels } };
}

function recordOf(value: unknown): Draft {
  return isObject(value) ? { ...value } : {};
}

const clusterScoped: ReadonlySet<string> = new Set(['PersistentVolume', 'RuntimeClass', 'StorageClass']);

/** Puts objects where a rule applies: in the namespace, with the labels and annotations, and each with its own name. */
export function placed(all: readonly Sample[], place: Place, word = 'case'): readonly Sample[] {
  return all.map((one, index) => {
    const metadata = recordOf(one.object['metadata']);
    const name = nameFor(place.name, `${word}-${index}`);
    const labels = { ...recordOf(metadata['labels']), ...place.labels };
    const annotations = { ...recordOf(metadata['annotations']), ...place.annotations };
    const isSomewhere = !clusterScoped.has(String(one.object['kind']));
    const head = { ...metadata, name, ...(isSomewhere ? { namespace: place.namespace } : {}) };
    return {
      ...one,
      object: {
        ...one.object,
        metadata: {
          ...head,
          ...(Object.keys(labels).length === 0 ? {} : { labels }),
          ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
        },
      },
    };
  });
}

/** A glob's first star stands for what makes the name the object's own. */
function nameFor(pattern: string, own: string): string {
  if (!pattern.includes('*')) return own;
  const [before = '', ...after] = pattern.replaceAll('?', 'x').split('*');
  return `${before}${own}${after.join('')}`.toLowerCase();
}
