import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ApiObject } from '../harness/api-client.ts';
import { type GuardedCluster, startGuardedCluster } from './guarded-cluster.ts';
import { plainImage, privileged } from './pods.ts';

const configuration = {
  profiles: { early: { templates: 'deny' } },
  namespaces: [{ match: ['early'], profile: 'early' }],
  mountFuse: { namespaces: ['gitlab', 'early'] },
};

let guard: GuardedCluster;
beforeAll(async () => {
  guard = await startGuardedCluster({ configuration, namespaces: ['early'] });
});
afterEach(({ task }) => guard.afterTest(task));
afterAll(() => guard?.stop());

const selector = { matchLabels: { app: 'a' } };

function template(spec: object = privileged, labels: object = {}) {
  return {
    metadata: { labels: { app: 'a', ...labels } },
    spec: { containers: [{ name: 'main', image: plainImage, ...spec }] },
  };
}

const jobTemplate = (spec?: object) => {
  const { metadata, spec: pod } = template(spec);
  return { metadata, spec: { restartPolicy: 'Never', ...pod } };
};

/** Each kind of workload: where it is created, what it is around a template, and where the template is in it. */
const workloads = [
  ['Deployment', 'apps/v1', 'deployments', (spec?: object) => ({ selector, template: template(spec) })],
  ['StatefulSet', 'apps/v1', 'statefulsets', (spec?: object) => ({ selector, template: template(spec) })],
  ['DaemonSet', 'apps/v1', 'daemonsets', (spec?: object) => ({ selector, template: template(spec) })],
  ['ReplicaSet', 'apps/v1', 'replicasets', (spec?: object) => ({ selector, template: template(spec) })],
  [
    'ReplicationController',
    'v1',
    'replicationcontrollers',
    (spec?: object) => ({ selector: { app: 'a' }, template: template(spec) }),
  ],
  ['Job', 'batch/v1', 'jobs', (spec?: object) => ({ template: jobTemplate(spec) })],
  [
    'CronJob',
    'batch/v1',
    'cronjobs',
    (spec?: object) => ({ schedule: '0 0 * * *', jobTemplate: { spec: { template: jobTemplate(spec) } } }),
  ],
] as const;

function pathFor(apiVersion: string, resource: string, namespace?: string): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return namespace === undefined ? `${root}/${resource}` : `${root}/namespaces/${namespace}/${resource}`;
}

function create(path: string, object: object, dryRun = true) {
  return guard.cluster.api.request<ApiObject>('POST', path, object, { dryRun });
}

describe('a workload', () => {
  test.for(workloads)(
    '%s is let in with a warning, where its pods would be denied',
    async ([kind, apiVersion, resource, spec]) => {
      const object = { apiVersion, kind, metadata: { name: 'one' }, spec: spec() };
      const { status, warnings } = await create(pathFor(apiVersion, resource, 'gitlab'), object);
      expect(status).toBe(201);
      expect(warnings).toEqual(['would be denied: [privileged] container "main" is privileged']);
    },
  );

  test.for(workloads)(
    '%s is denied where the profile says so, with the field in itself',
    async ([kind, apiVersion, resource, spec]) => {
      const object = { apiVersion, kind, metadata: { name: 'one' }, spec: spec() };
      const { status, body } = await create(pathFor(apiVersion, resource, 'early'), object);
      expect(status).toBe(403);
      const at = kind === 'CronJob' ? 'spec.jobTemplate.spec.template' : 'spec.template';
      expect(body.details?.causes?.map(({ field }) => field)).toEqual([
        `${at}.spec.containers[0].securityContext.privileged`,
      ]);
    },
  );

  test.for(workloads)('%s without a finding is let in without a word', async ([kind, apiVersion, resource, spec]) => {
    const object = { apiVersion, kind, metadata: { name: 'one' }, spec: spec({}) };
    const { status, warnings } = await create(pathFor(apiVersion, resource, 'early'), object);
    expect({ status, warnings }).toEqual({ status: 201, warnings: [] });
  });

  test('PodTemplate is denied where the profile says so', async () => {
    const object = { apiVersion: 'v1', kind: 'PodTemplate', metadata: { name: 'one' }, template: template() };
    const { status, body } = await create(pathFor('v1', 'podtemplates', 'early'), object);
    expect(status).toBe(403);
    expect(body.details?.causes?.map(({ field }) => field)).toEqual([
      'template.spec.containers[0].securityContext.privileged',
    ]);
  });

  test('is judged as its pods will be, with the device and the class', async () => {
    const object = (runtimeClassName?: string) => {
      const { metadata, spec } = template({}, { 'mount-fuse': 'true' });
      return {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'one' },
        spec: { selector, template: { metadata, spec: { ...spec, runtimeClassName } } },
      };
    };
    const path = pathFor('apps/v1', 'deployments', 'early');
    expect(await create(path, object())).toMatchObject({ status: 201, warnings: [] });
    expect((await create(path, object('other'))).status).toBe(403);
  });

  test('that was there before keeps scaling, and is denied for what an update adds', async () => {
    const path = pathFor('apps/v1', 'deployments', 'early');
    const spec = { selector, replicas: 0, template: template({}) };
    const object = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'scaled' }, spec };
    expect((await create(path, object, false)).status).toBe(201);
    const patch = (body: object) =>
      guard.cluster.api.request('PATCH', `${path}/scaled`, body, { contentType: 'application/merge-patch+json' });
    expect((await patch({ spec: { replicas: 1 } })).status).toBe(200);
    expect((await patch({ spec: { template: { spec: { hostPID: true } } } })).status).toBe(403);
  });
});

describe('a PersistentVolume', () => {
  const path = pathFor('v1', 'persistentvolumes');
  const volume = (source: object) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'one' },
    spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], ...source },
  });

  test.for([
    ['/var/run', 403],
    ['/', 403],
    ['/etc/kubernetes', 403],
    ['/mnt/disks/one', 201],
    ['/var/lib/rancher/k3s/storage/pvc-1', 201],
  ] as const)('of the folder %s gets %i', async ([folder, status]) => {
    expect((await create(path, volume({ hostPath: { path: folder } }))).status).toBe(status);
  });

  test.for([
    [{ hostPath: { path: '/mnt/disks/one' } }, 1],
    [{ hostPath: { path: '/var/lib/rancher/k3s/storage/pvc-1' } }, 0],
    [{ nfs: { server: '127.0.0.1', path: '/' } }, 1],
    [{ nfs: { server: 'nfs.example.com', path: '/' } }, 0],
    [{ csi: { driver: 'hostpath.csi.k8s.io', volumeHandle: 'a' } }, 1],
    [{ csi: { driver: 'ebs.csi.aws.com', volumeHandle: 'a' } }, 0],
  ] as const)('%j is warned of %i times', async ([source, times]) => {
    const { status, warnings } = await create(path, volume(source));
    const ours = warnings.filter((text) => text.startsWith('[pvc-engine-path]'));
    expect({ status, times: ours.length }).toEqual({ status: 201, times });
  });

  test('that is denied is recorded with the policy of cluster-scoped objects', async () => {
    const object = volume({ hostPath: { path: '/run' } });
    await create(path, { ...object, metadata: { name: 'recorded' } });
    expect(
      await guard.webhook.record('the denial of a PersistentVolume', ({ name }) => name === 'recorded'),
    ).toMatchObject({ decision: 'deny', resource: 'persistentvolumes', namespace: null, profile: 'dind', images: [] });
  });
});

describe('a StorageClass', () => {
  const path = pathFor('storage.k8s.io/v1', 'storageclasses');
  test.for([
    [{ allowUnsafePathPattern: 'true', pathPattern: '{{ .PVC.Name }}' }, 403],
    [{ nodePath: '/var/lib/kubelet' }, 403],
    [{ pathPattern: '{{ .PVC.Name }}' }, 201],
    [{ type: 'gp3' }, 201],
  ] as const)('with %j gets %i', async ([parameters, status]) => {
    const kind = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'one' } };
    expect((await create(path, { ...kind, provisioner: 'rancher.io/local-path', parameters })).status).toBe(status);
  });
});

describe('a RuntimeClass', () => {
  const path = pathFor('node.k8s.io/v1', 'runtimeclasses');
  const runtimeClass = (name: string, handler: string) => ({
    apiVersion: 'node.k8s.io/v1',
    kind: 'RuntimeClass',
    metadata: { name },
    handler,
  });

  test('of the guarded name must keep a sandbox as its handler', async () => {
    const denied = await guard.cluster.api.request('DELETE', `${path}/untrusted`);
    expect(denied.status).toBe(200);
    expect((await create(path, runtimeClass('untrusted', 'runc'))).status).toBe(403);
    expect((await create(path, runtimeClass('untrusted', 'kata-qemu'), false)).status).toBe(201);
  });

  test('of another name may be anything', async () => {
    expect((await create(path, runtimeClass('nvidia', 'nvidia'))).status).toBe(201);
  });
});

test('a Service of an engine is let in with a warning', async () => {
  const spec = { ports: [{ port: 2375 }] };
  const object = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'docker' }, spec };
  const { status, warnings } = await create(pathFor('v1', 'services', 'gitlab'), object);
  expect(status).toBe(201);
  expect(warnings).toEqual([expect.stringContaining('[engine-port] the Service publishes port 2375')]);
});

describe('a claim of devices', () => {
  const devices = (deviceClassName: string) => ({
    devices: { requests: [{ name: 'a', exactly: { deviceClassName } }] },
  });
  const claim = (deviceClassName: string) => ({
    apiVersion: 'resource.k8s.io/v1',
    kind: 'ResourceClaim',
    metadata: { name: 'one' },
    spec: devices(deviceClassName),
  });

  test.for([
    ['fuse', 403],
    ['gpu.example.com', 201],
  ] as const)('of the class %s gets %i', async ([deviceClass, status]) => {
    const path = pathFor('resource.k8s.io/v1', 'resourceclaims', 'gitlab');
    expect((await create(path, claim(deviceClass))).status).toBe(status);
  });

  test.for([
    ['fuse', 403],
    ['gpu.example.com', 201],
  ] as const)('of the class %s, made by a template, gets %i', async ([deviceClass, status]) => {
    const path = pathFor('resource.k8s.io/v1', 'resourceclaimtemplates', 'gitlab');
    const object = { ...claim(deviceClass), kind: 'ResourceClaimTemplate', spec: { spec: devices(deviceClass) } };
    expect((await create(path, object)).status).toBe(status);
  });
});
