import fc from 'fast-check';
import { innocentArgv, oracleArgv, spelled } from './arbitrary-commands.ts';
import { child, type Draft, items, onContainer, onSpec, setField, type Tweak } from './arbitrary-draft.ts';
import { innocentImage, namedImage } from './arbitrary-images.ts';

const image: fc.Arbitrary<Tweak> = onContainer(
  namedImage.map((reference) => (container) => {
    container['image'] = reference;
  }),
);

/** A daemon's image started with its options, with its name, or as something else. */
const startedImage: fc.Arbitrary<Tweak> = onContainer(
  fc
    .tuple(
      fc.oneof(
        fc.constantFrom('docker:29', 'docker', 'library/docker:latest', 'mirror.gcr.io/library/docker:29.1'),
        fc.constantFrom('docker:19.03.1', 'docker:29-cli', `docker@sha256:${'0123456789abcdef'.repeat(4)}`),
        namedImage,
      ),
      fc.constantFrom<Draft>({}, {}, {}, { command: ['sleep'] }, { command: [] }),
      spelled(
        fc.constantFrom<readonly string[]>(
          ['--storage-driver=vfs'],
          ['dockerd', '--debug'],
          ['sh', '-c', 'docker build .'],
          ['3600'],
          [],
        ),
      ),
    )
    .map(([reference, start, { words, env }]) => (container) => {
      delete container['command'];
      delete container['args'];
      Object.assign(container, { image: reference, ...structuredClone(start) });
      if (words.length > 0) container['args'] = [...words];
      needs(container, env);
    }),
);

const command: fc.Arbitrary<Tweak> = onContainer(
  fc.tuple(spelled(oracleArgv), fc.nat({ max: 3 })).map(([{ words, env }, cut]) => (container) => {
    container['command'] = words.slice(0, cut);
    container['args'] = words.slice(cut);
    if (cut === 0) delete container['command'];
    if (words.length <= cut) delete container['args'];
    needs(container, env);
  }),
);

const handlerFields = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;
const hookFields = ['postStart', 'preStop'] as const;

const onHandler = (action: fc.Arbitrary<readonly [fields: Draft, env: readonly Draft[]]>): fc.Arbitrary<Tweak> =>
  onContainer(
    fc.tuple(action, fc.constantFrom(...handlerFields, ...hookFields)).map(([[fields, env], place]) => (container) => {
      const isHook = place === 'postStart' || place === 'preStop';
      const holder = isHook ? child(container, 'lifecycle') : container;
      holder[place] = structuredClone(fields);
      needs(container, env);
    }),
  );

/** Gives a container the variables that words of it refer to. */
function needs(container: Draft, env: readonly Draft[]): void {
  if (env.length > 0) items(container, 'env').push(...structuredClone(env));
}

const executed: fc.Arbitrary<Tweak> = onHandler(
  spelled(oracleArgv).map(({ words, env }) => [{ exec: { command: [...words] } }, env]),
);

const probed: fc.Arbitrary<Tweak> = onHandler(
  fc
    .oneof(
      fc
        .tuple(
          fc.constantFrom('httpGet', 'tcpSocket'),
          fc.constantFrom('127.0.0.1', '169.254.169.254', 'localhost', '', null),
        )
        .map(([kind, host]) => ({ [kind]: host === null ? { port: 80 } : { port: 80, host } })),
      fc.constantFrom<Draft>(
        { grpc: { port: 80, service: 'x' } },
        { sleep: { seconds: 5 } },
        { httpGet: { port: 'http', httpHeaders: [{ name: 'Host', value: '127.0.0.1' }] } },
      ),
    )
    .map((fields): readonly [Draft, readonly Draft[]] => [fields, []]),
);

const engineVariable = fc.constantFrom(
  'DOCKER_HOST',
  'DOCKER_CONTEXT',
  'CONTAINER_HOST',
  'CONTAINERD_ADDRESS',
  'CONTAINER_RUNTIME_ENDPOINT',
  'IMAGE_SERVICE_ENDPOINT',
  'BUILDKIT_HOST',
  'EARTHLY_BUILDKIT_HOST',
  '_EXPERIMENTAL_DAGGER_RUNNER_HOST',
  'TESTCONTAINERS_DOCKER_SOCKET_OVERRIDE',
  'TESTCONTAINERS_HOST_OVERRIDE',
  'DOCKER_TLS_CERTDIR',
  'DOCKER_IN_DOCKER_ENABLED',
);

const environment: fc.Arbitrary<Tweak> = onContainer(
  fc
    .tuple(
      fc.oneof(
        { weight: 3, arbitrary: engineVariable },
        {
          weight: 1,
          arbitrary: fc.constantFrom(
            'DOCKER_CONFIG',
            'docker_host',
            'DOCKER_HOST_NAME',
            'MY_DOCKER_HOST',
            'DOCKER_HOST_',
            'HOST',
          ),
        },
      ),
      fc.constantFrom<Draft>(
        { value: 'tcp://docker:2375' },
        { value: '127.0.0.1' },
        { value: 'unix:///run/docker.sock' },
        { value: '$(OTHER)' },
        { value: '' },
        {},
        { valueFrom: { configMapKeyRef: { name: 'settings', key: 'host' } } },
        { valueFrom: { fieldRef: { fieldPath: 'metadata.annotations' } } },
        { valueFrom: { fileKeyRef: { volumeName: 'x', path: 'env', key: 'DOCKER_HOST' } } },
      ),
    )
    .map(([name, said]) => (container) => {
      items(container, 'env').push({ name, ...structuredClone(said) });
    }),
);

/** The beginning of a variable's name, all of it, or of another one. */
const prefix: fc.Arbitrary<string | undefined> = fc.oneof(
  fc.tuple(engineVariable, fc.integer({ min: 1, max: 40 })).map(([name, length]) => name.slice(0, length)),
  fc.constantFrom('APP_', 'MY_DOCKER_', 'docker_', 'DOCKER__', '', undefined),
);

const environmentFrom: fc.Arbitrary<Tweak> = onContainer(
  fc.tuple(prefix, fc.constantFrom('configMapRef', 'secretRef')).map(([start, kind]) => (container) => {
    items(container, 'envFrom').push({ ...(start === undefined ? {} : { prefix: start }), [kind]: { name: 'x' } });
  }),
);

const port: fc.Arbitrary<Tweak> = onContainer(
  fc
    .tuple(
      fc.constantFrom(2375, 2376, 2377, 1234, 10010, 80, 8080, 2374, 2378),
      fc.constantFrom(undefined, undefined, undefined, 2376, 8443, 10010, 0),
    )
    .map(([containerPort, hostPort]) => (container) => {
      items(container, 'ports').push({ containerPort, ...(hostPort === undefined ? {} : { hostPort }) });
    }),
);

const hostPort: fc.Arbitrary<Tweak> = onContainer(
  fc.constantFrom(80, 8443, 2375).map((number) => (container) => {
    items(container, 'ports').push({ containerPort: 8080, hostPort: number, hostIP: '127.0.0.1' });
  }),
);

/** Extended resources, in the limits, in the requests only or in both. */
const device: fc.Arbitrary<Tweak> = onContainer(
  fc
    .tuple(
      fc.constantFrom(
        ...[
          'nvidia.com/gpu',
          'smarter-devices/ttyUSB0',
          'squat.ai/video',
          'devices.kubevirt.io/kvm',
          'example.com/fuse',
        ],
        ...['deviceclass.resource.kubernetes.io/gpu', 'cpu', 'memory', 'ephemeral-storage', 'hugepages-2Mi'],
      ),
      fc.constantFrom<readonly string[]>(['limits'], ['requests'], ['limits', 'requests']),
      fc.constantFrom('1', 1, '0'),
    )
    .map(([name, places, amount]) => (container) => {
      for (const place of places) child(child(container, 'resources'), place)[name] = amount;
    }),
);

const claims: fc.Arbitrary<Tweak> = fc.oneof(
  onSpec(
    setField(
      'resourceClaims',
      [{ name: 'gpu', resourceClaimTemplateName: 'gpu' }],
      [{ name: 'nic', resourceClaimName: 'nic' }],
      [],
    ),
  ),
  onContainer(
    fc.constantFrom([{ name: 'gpu' }], [{ name: 'gpu', request: 'one' }], []).map((claimed) => (container) => {
      child(container, 'resources')['claims'] = structuredClone(claimed);
    }),
  ),
);

/** Images and commands that no check minds. */
export const innocentContainer: fc.Arbitrary<Tweak> = fc.oneof(
  onContainer(
    innocentImage.map((reference) => (container) => {
      container['image'] = reference;
    }),
  ),
  onContainer(
    innocentArgv.map((argv) => (container) => {
      container['command'] = [...argv];
      delete container['args'];
    }),
  ),
);

/** Changes to what containers are and run, with their weights. */
export const containerTweaks: readonly { readonly weight: number; readonly arbitrary: fc.Arbitrary<Tweak> }[] = [
  { weight: 6, arbitrary: image },
  { weight: 4, arbitrary: startedImage },
  { weight: 7, arbitrary: command },
  { weight: 3, arbitrary: executed },
  { weight: 5, arbitrary: probed },
  { weight: 3, arbitrary: environment },
  { weight: 3, arbitrary: environmentFrom },
  { weight: 5, arbitrary: port },
  { weight: 2, arbitrary: hostPort },
  { weight: 4, arbitrary: device },
  { weight: 3, arbitrary: claims },
];
