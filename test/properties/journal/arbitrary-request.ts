import fc from 'fast-check';
import type { WebhookPath } from '../../../src/admission/outcome.ts';
import { podReview } from '../../harness/review.ts';
import { anyPod } from '../metamorphic/sinful-pods.ts';
import { workloadOf, workloads } from '../metamorphic/workloads.ts';
import type { GeneratedPod } from '../pods.ts';

/** A review as it comes over the wire, and where it is sent. */
export interface Asked {
  readonly webhook: WebhookPath;
  readonly review: unknown;
}

const user = fc.constantFrom(
  { username: 'anna', groups: ['system:authenticated', 'platform'] },
  { username: 'anna', groups: ['system:authenticated', 'on-call'] },
  { username: 'system:serviceaccount:gitlab:runner', groups: ['system:serviceaccounts', 'system:authenticated'] },
  { username: 'system:node:a', groups: ['system:nodes', 'system:authenticated'] },
  {
    username: 'many',
    groups: [...Array.from({ length: 40 }, (_, index) => `group-${index}`), 'on-call', 'system:nodes'],
  },
);

const account = fc.constantFrom<Record<string, unknown>>(
  {},
  { serviceAccountName: 'runner' },
  { serviceAccount: 'agent' },
);

/** Whether a pod asks for the fuse device. */
const labelled = fc.constantFrom(false, false, false, true);

const pod: fc.Arbitrary<GeneratedPod> = fc
  .tuple(anyPod, account, fc.constantFrom(false, false, false, true), fc.constantFrom(false, false, true), labelled)
  .map(([one, named, mirrors, owned, label]) => ({
    ...one,
    metadata: {
      ...one.metadata,
      ...(label ? { labels: { ...one.metadata.labels, 'mount-fuse': 'true' } } : {}),
      ...(owned
        ? { ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: 'build', uid: 'u', controller: true }] }
        : {}),
      ...(mirrors ? { annotations: { ...one.metadata.annotations, 'kubernetes.io/config.mirror': 'x' } } : {}),
    },
    spec: { ...one.spec, ...named },
  }));

const namespace = fc.constantFrom('ci', 'ci', 'web', 'gitlab', 'kube-system');

const common = fc.record({ user, namespace, one: pod, other: pod, kind: fc.constantFrom(...workloads) });

const created = common.map(({ user: { username, groups }, namespace: where, one }) =>
  podReview({ namespace: where, object: one, username, groups, uid: 'a' }),
);

/** What a kubelet asks for: most of its pods only mirror static ones. */
const mirrored = common.map(({ namespace: where, one }) => {
  const annotations = { ...one.metadata.annotations, 'kubernetes.io/config.mirror': 'x' };
  const object = { ...one, metadata: { ...one.metadata, annotations } };
  const groups = ['system:nodes', 'system:authenticated'];
  return podReview({ namespace: where, object, username: 'system:node:a', groups, uid: 'a' });
});

/** Of a pod that shares most of what it has with the one before. */
const updated = fc.tuple(common, fc.constantFrom('same-spec', 'same-containers', 'other', 'debug')).map(
  ([
    {
      user: { username, groups },
      namespace: where,
      one,
      other,
    },
    what,
  ]) => {
    const old =
      what === 'other'
        ? other
        : what === 'same-spec'
          ? { ...one, metadata: { ...one.metadata, annotations: {} } }
          : what === 'same-containers'
            ? { ...one, spec: { ...other.spec, containers: one.spec.containers } }
            : { ...one, spec: { ...one.spec, ephemeralContainers: [] } };
    const subResource = what === 'debug' ? { subResource: 'ephemeralcontainers' } : {};
    return podReview({
      namespace: where,
      object: one,
      oldObject: old,
      operation: 'UPDATE',
      username,
      groups,
      uid: 'a',
      ...subResource,
    });
  },
);

const templated = fc.tuple(common, fc.boolean()).map(
  ([
    {
      user: { username, groups },
      namespace: where,
      one,
      other,
      kind,
    },
    isUpdate,
  ]) => {
    const { group, version, resource } = kind;
    const object = workloadOf(kind, one);
    const old = isUpdate
      ? {
          operation: 'UPDATE' as const,
          oldObject: workloadOf(kind, { ...one, spec: { ...other.spec, containers: one.spec.containers } }),
        }
      : {};
    const review = podReview({ namespace: where, object, username, groups, uid: 'a', ...old });
    return {
      ...review,
      request: {
        ...(review['request'] as object),
        kind: { group, version, kind: kind.kind },
        resource: { group, version, resource },
      },
    };
  },
);

/** Reviews of pods and workloads, created and updated, on every path. */
export const asked: fc.Arbitrary<Asked> = fc
  .tuple(
    fc.oneof(
      { weight: 5, arbitrary: created },
      { weight: 1, arbitrary: mirrored },
      { weight: 2, arbitrary: updated },
      { weight: 2, arbitrary: templated },
    ),
    fc.constantFrom<WebhookPath>('validate', 'validate', 'validate', 'validate', 'observe', 'mutate'),
  )
  .map(([review, webhook]) => ({ webhook, review: JSON.parse(JSON.stringify(review)) }));
