import fc from 'fast-check';

/** A generated pod, as JSON. */
export type GeneratedPod = {
  metadata: { name: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: GeneratedSpec;
  [field: string]: unknown;
};

export type GeneratedSpec = {
  containers: GeneratedContainer[];
  initContainers?: GeneratedContainer[];
  ephemeralContainers?: GeneratedContainer[];
  volumes?: GeneratedVolume[];
  [field: string]: unknown;
};

export type GeneratedContainer = { name: string; [field: string]: unknown };
export type GeneratedVolume = { name: string; [field: string]: unknown };

const hostPath = fc.oneof(
  fc.constantFrom(
    '/',
    '/var/run/docker.sock',
    '/run',
    '/var/run/',
    '//run//docker.sock',
    'var/run/docker.sock',
    '/etc/localtime',
    '/etc/kubernetes',
    '/dev/fuse',
    '/cache',
    '/mnt/data',
    '/var/lib/kubelet/pods',
    '/proc/1/root/run',
    'C:\\',
    '\\\\.\\pipe\\docker_engine',
    '/data/../etc',
    '/tmp/containerd.sock',
    '/var/runner',
  ),
  fc
    .array(fc.constantFrom('var', 'run', 'etc', 'a', '.', '', 'docker.sock', 'proc', '1', 'root'), { maxLength: 6 })
    .map((segments) => `/${segments.join('/')}`),
);

const image = fc.constantFrom(
  'docker:dind',
  'docker',
  'docker:29-cli',
  'registry.example:5000/mirror/docker:27.1-dind',
  'quay.io/buildah/stable',
  'moby/buildkit:rootless',
  'registry.example.com/ci/app:1',
  'gcr.io/kaniko-project/executor',
  'nginx',
  'not an image!',
);

const quantity = fc.constantFrom('1', '0', '2', '1000m', '1e0', 'x');

const quantities = fc.dictionary(
  fc.constantFrom('cpu', 'memory', 'squat.ai/fuse', 'github.com/fuse', 'example.com/gpu', '__proto__'),
  quantity,
  { maxKeys: 3 },
);

const securityContext = fc.record(
  {
    privileged: fc.boolean(),
    procMount: fc.constantFrom('Default', 'Unmasked'),
    capabilities: fc.record(
      {
        add: fc.array(fc.constantFrom('SYS_ADMIN', 'NET_ADMIN', 'CHOWN', 'all', 'cap_sys_ptrace', 'SETUID', 'X'), {
          maxLength: 3,
        }),
      },
      { requiredKeys: [] },
    ),
    runAsUser: fc.nat(2000),
  },
  { requiredKeys: [] },
);

const command = fc.array(
  fc.constantFrom(
    'dockerd',
    'sh',
    '-c',
    'dockerd &',
    'tini',
    '--',
    'sleep',
    '60',
    'nsenter',
    '-t',
    '1',
    'buildkitd',
    'kind create cluster',
  ),
  { maxLength: 5 },
);

function container(volumes: readonly string[]): fc.Arbitrary<Record<string, unknown>> {
  return fc.record(
    {
      image,
      command,
      args: command,
      securityContext,
      resources: fc.record({ limits: quantities, requests: quantities }, { requiredKeys: [] }),
      env: fc.array(
        fc.record({ name: fc.constantFrom('DOCKER_HOST', 'PATH', 'BUILDKIT_HOST', 'CI'), value: fc.string() }),
        { maxLength: 3 },
      ),
      volumeMounts:
        volumes.length === 0
          ? fc.constant([])
          : fc.array(
              fc.record(
                {
                  name: fc.constantFrom(...volumes),
                  mountPath: fc.constant('/mnt'),
                  readOnly: fc.boolean(),
                  subPath: fc.constantFrom('log', 'run/docker.sock', ''),
                  mountPropagation: fc.constantFrom('Bidirectional', 'HostToContainer'),
                },
                { requiredKeys: ['name', 'mountPath'] },
              ),
              { maxLength: 3 },
            ),
      terminationMessagePath: fc.string(),
    },
    { requiredKeys: ['image'] },
  );
}

const volume = fc.oneof(
  fc.record({
    hostPath: fc.record(
      { path: hostPath, type: fc.constantFrom('', 'Socket', 'Directory') },
      { requiredKeys: ['path'] },
    ),
  }),
  fc.constant({ emptyDir: {} }),
  fc.record({ image: fc.record({ reference: image }) }),
);

const labels = fc.dictionary(
  fc.constantFrom('mount-fuse', 'app', 'job.runner.gitlab.com/pod', '__proto__'),
  fc.constantFrom('true', 'yes', ''),
  {
    maxKeys: 3,
  },
);

const annotations = fc.dictionary(
  fc.constantFrom(
    'pratique.dev/fuse-containers',
    'devices.crio.io',
    'io.katacontainers.config.hypervisor.kernel_params',
    'a/b',
    'x~y',
    '__proto__',
  ),
  fc.constantFrom('c0', 'c0,c1', 'c9', '', '/dev/fuse'),
  { maxKeys: 3 },
);

/** Pods of all shapes that the checks look at: containers in three lists, volumes, contexts, labels and annotations. */
export const generatedPod: fc.Arbitrary<GeneratedPod> = fc.array(volume, { maxLength: 3 }).chain((volumes) => {
  const named = volumes.map((value, index) => ({ ...value, name: `v${index}` }));
  const one = container(named.map(({ name }) => name));
  const name = (prefix: string) => (list: Record<string, unknown>[]) =>
    list.map((value, index) => ({ ...value, name: `${prefix}${index}` }));
  return fc.record({
    metadata: fc.record({ name: fc.constant('pod'), labels, annotations }, { requiredKeys: ['name'] }),
    spec: fc.record(
      {
        volumes: fc.constant(named),
        containers: fc.array(one, { minLength: 1, maxLength: 3 }).map(name('c')),
        initContainers: fc.array(one, { maxLength: 2 }).map(name('i')),
        ephemeralContainers: fc.array(one, { maxLength: 1 }).map(name('e')),
        runtimeClassName: fc.constantFrom('untrusted', 'kata-qemu'),
        hostUsers: fc.boolean(),
        hostPID: fc.boolean(),
        hostNetwork: fc.boolean(),
        hostIPC: fc.boolean(),
      },
      { requiredKeys: ['containers', 'volumes'] },
    ),
  });
}) as fc.Arbitrary<GeneratedPod>;
