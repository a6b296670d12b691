import { podReview, type ReviewRequest } from '../../harness/review.ts';
import { type Draft, maximalPod } from '../hardened.ts';
import { sinfulEverywhere } from '../metamorphic/sinful-pods.ts';
import { workloadOf, workloads } from '../metamorphic/workloads.ts';

/** A kind that is judged, and an object of it with a value in each field that something looks at. */
export interface Judged {
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly resource: string;
  readonly object: Draft;
}

const core = { group: '', version: 'v1' };
const metadata = {
  name: 'untrusted',
  labels: { app: 'x' },
  annotations: { 'example.com/owner': 'x' },
  ownerReferences: [{ kind: 'Job', name: 'x' }],
};
const request = { name: 'fuse', deviceClassName: 'fuse', adminAccess: true };
const claim = {
  devices: { requests: [{ ...request, exactly: request, firstAvailable: [request] }] },
};

const others: readonly Judged[] = [
  {
    ...core,
    kind: 'PersistentVolume',
    resource: 'persistentvolumes',
    object: {
      metadata,
      spec: {
        hostPath: { path: '/cache', type: 'Directory' },
        local: { path: '/mnt/disks/1', type: '' },
        nfs: { server: '10.0.0.1', path: '/' },
        csi: { driver: 'hostpath.csi.k8s.io' },
        flexVolume: { driver: 'example.com/lvm' },
      },
    },
  },
  {
    group: 'storage.k8s.io',
    version: 'v1',
    kind: 'StorageClass',
    resource: 'storageclasses',
    object: { metadata, provisioner: 'rancher.io/local-path', parameters: { nodePath: '/cache', pathPattern: 'x' } },
  },
  {
    group: 'node.k8s.io',
    version: 'v1',
    kind: 'RuntimeClass',
    resource: 'runtimeclasses',
    object: { metadata, handler: 'runc' },
  },
  {
    group: 'resource.k8s.io',
    version: 'v1',
    kind: 'ResourceClaim',
    resource: 'resourceclaims',
    object: { metadata, spec: claim },
  },
  {
    group: 'resource.k8s.io',
    version: 'v1',
    kind: 'ResourceClaimTemplate',
    resource: 'resourceclaimtemplates',
    object: { metadata, spec: { spec: claim } },
  },
  {
    ...core,
    kind: 'Service',
    resource: 'services',
    object: {
      metadata,
      spec: {
        ports: [
          { port: 2375, targetPort: 2375 },
          { port: 80, targetPort: 'http' },
        ],
      },
    },
  },
].map((one) => ({ ...one, name: one.kind }));

const pod = { ...core, kind: 'Pod', resource: 'pods' };

/** An object of every kind that is judged, and of the pod one that is clean and one in which everything is wrong. */
export const judged: readonly Judged[] = [
  { ...pod, name: 'Pod', object: maximalPod() },
  { ...pod, name: 'Pod in which everything is wrong', object: sinfulEverywhere() },
  ...workloads.map((workload) => ({ ...workload, name: workload.kind, object: workloadOf(workload, maximalPod()) })),
  ...others,
];

/** The review that the API server would send for an object of that kind. */
export function reviewFor(
  { group, version, kind, resource }: Omit<Judged, 'object' | 'name'>,
  sent: ReviewRequest,
): Draft {
  const review = podReview({ namespace: 'gitlab', uid: 'a', ...sent });
  const of = { kind: { group, version, kind }, resource: { group, version, resource } };
  return { ...review, request: { ...(review['request'] as object), ...of } };
}
