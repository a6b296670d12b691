import fc from 'fast-check';

const digest: fc.Arbitrary<string> = fc
  .string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 64, maxLength: 64 })
  .map((hex) => `@sha256:${hex}`);

/** Registries and the mirrors' own segments before a repository. */
const prefix: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'docker.io/',
      'index.docker.io/',
      'registry-1.docker.io/',
      'registry.hub.docker.com/',
      'mirror.gcr.io/',
      'MIRROR.GCR.IO/',
      'public.ecr.aws/docker/',
      'registry.example:5000/mirror/',
      '123456789012.dkr.ecr.eu-west-1.amazonaws.com/docker-hub/',
      'europe-docker.pkg.dev/p/r/',
      'harbor.example.com/proxy/',
      'gitlab.example.com/group/dependency_proxy/containers/',
      'localhost:5000/',
      'localhost/',
    ),
  },
);

const tag: fc.Arbitrary<string> = fc.constantFrom(
  '',
  ':latest',
  ':1',
  ':v1.2.3',
  ':2026.11',
  ':stable',
  ':alpine3.22',
  ':v0.32.2-rootless',
);

const dockerTag: fc.Arbitrary<string> = fc.constantFrom(
  '',
  ':latest',
  ':29',
  ':29.1.2',
  ':29-alpine3.22',
  ':23',
  ':20.10',
  ':20.10.24',
  ':19.03.1',
  ':19.03.1-alpine',
  ':18.09.7',
  ':1.13',
  ':v18.09',
  ':v29',
  ':cli',
  ':29-cli',
  ':20.10-git',
  ':29-windowsservercore',
  ':dind',
  ':24-dind',
  ':dind-rootless',
  ':29-dind-alpine3.22',
  ':27.1-dind-rootless',
  ':rc',
  ':edge',
  ':stable',
  ':24-git',
  ':23.0.0-rc.1',
  ':22',
  ':20',
  ':20.10.0-beta1',
  ':3',
  ':cli-alpine',
  ':29-cli-alpine3.22',
  ':windowsservercore-ltsc2022',
  ':git',
  ':29-git',
);

/** Words of which some say docker-in-docker. */
const dindWord: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom('', '', 'x', '2', 'my-', 'v1.', 'a_'),
    fc.constantFrom(
      'dind',
      'dind',
      'docker-in-docker',
      'docker_in_docker',
      'dockerindocker',
      'docker.in.docker',
      'dnd',
    ),
    fc.constantFrom('', '', 'x', '2', '-rootless', '.1', '_b'),
  )
  .map((parts) => parts.join(''));

/** What may be a reference, put together from pieces of references. */
const pieced: fc.Arbitrary<string> = fc
  .array(
    fc.constantFrom(
      ...['docker', 'dind', 'library', 'acme', 'app', 'localhost', 'example.com', '5000', 'a', 'A', '1', 'v2'],
      ...['/', '/', '/', ':', ':', '.', '-', '_', '__', '--', '@', '@sha256:', '0123456789abcdef'.repeat(4)],
    ),
    { minLength: 1, maxLength: 7 },
  )
  .map((pieces) => pieces.join(''));

/** Repositories of engines that match whatever registry stands before them. */
const engineRepository: fc.Arbitrary<string> = fc.constantFrom(
  'moby/buildkit',
  'earthly/earthly',
  'earthly/buildkitd',
  'kindest/node',
  'rancher/k3s',
  'k8s-minikube/kicbase',
  'k8s-staging-test-infra/kubekins-e2e',
  'k8s-staging-test-infra/krte',
  'nestybox/alpine-docker',
  'plugins/docker',
  'plugins/ecr',
  'plugins/gcr',
  'woodpeckerci/plugin-docker-buildx',
  'acme/dind/app',
);

const dindRepository: fc.Arbitrary<string> = fc.constantFrom(
  'summerwind/actions-runner-dind',
  'actions-runner-controller/actions-runner-controller/actions-runner-dind-rootless',
  'mumoshu/actions-runner-dind',
  'codefresh/dind',
  'cruizba/ubuntu-dind',
  'jpetazzo/dind',
  'earthly/dind',
  'docker/ucp-agent',
  'acme/docker-in-docker',
  'acme/docker_in_docker',
  'acme/dockerindocker',
  'acme/dind_runner',
  'acme/runner-2dind4',
);

/** Engine images that their registry makes: the repository alone would say too little. */
const engineWithRegistry: fc.Arbitrary<string> = fc.constantFrom(
  'registry.dagger.io/engine',
  'registry.nestybox.com/nestybox/ubuntu-bionic-systemd',
  'quay.io/podman/stable',
  'quay.io/containers/podman',
  'quay.io/buildah/stable',
  'quay.io/containers/buildah',
  'registry.redhat.io/rhel9/buildah',
  'registry.redhat.io/rhel9/podman',
  'r.j3ss.co/img',
  'quay.io/acme/docker',
  'registry.example.com/docker',
);

const innocent: fc.Arbitrary<string> = fc.constantFrom(
  'nginx',
  'library/nginx',
  'node:26',
  'registry:2',
  'acme/docker-registry-ui',
  'acme/blinding:1',
  'acme/grinding/app',
  'acme/app:dindle',
  'acme/dockerfile-lint',
  'acme/dockers',
  'docker.elastic.co/elasticsearch/elasticsearch:8',
  'gcr.io/kaniko-project/executor:v1.24.0',
  'ghcr.io/osscontainertools/kaniko:latest',
  'dind.example.com/acme/app:3',
  'testcontainers/ryuk:0.14.0',
  'containrrr/watchtower',
  'docker/compose:1.29.2',
  'docker/buildx-bin',
  'cimg/base:2026.10',
  'mobyx/buildkit',
  'acme/podmans:1',
  'localhost:5000/app',
  'registry.example.com/library/busybox',
);

const unparsable: fc.Arbitrary<string> = fc.constantFrom(
  'acme//app',
  'acme/app:',
  'Acme App',
  'acme/app@sha256:xyz',
  '/app',
  'acme/app:a:b',
  ' nginx',
  'https://docker.io/nginx',
  'acme/app@',
  'acme/-app',
);

const join = (...parts: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc.tuple(...parts).map((words) => words.join(''));

const digestOrNone: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: digest },
);

const officialRepository: fc.Arbitrary<string> = fc.constantFrom('docker', 'library/docker');

/** Images that no check of images has anything to say about. */
export const innocentImage: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: innocent },
  { weight: 1, arbitrary: join(fc.constantFrom('acme/app', 'acme/tools/build'), tag, digestOrNone) },
);

/** Images that some check of images names. */
export const namedImage: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: join(prefix, officialRepository, dockerTag, digestOrNone) },
  { weight: 3, arbitrary: join(prefix, engineRepository, tag, digestOrNone) },
  { weight: 2, arbitrary: join(prefix, dindRepository, tag, digestOrNone) },
  { weight: 2, arbitrary: join(engineWithRegistry, tag, digestOrNone) },
  {
    weight: 1,
    arbitrary: join(
      prefix,
      fc.constantFrom('acme/runner', 'teracy/ubuntu'),
      fc.constantFrom(':24-dind', ':2-dind-rootless', ':dind'),
    ),
  },
  { weight: 1, arbitrary: unparsable },
  { weight: 1, arbitrary: pieced },
  { weight: 1, arbitrary: fc.tuple(prefix, dindWord, tag).map(([start, word, end]) => `${start}acme/${word}${end}`) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(prefix, dindWord, fc.boolean())
      .map(([start, word, isLoud]) => `${start}acme/runner:${isLoud ? word.toUpperCase() : word}`),
  },
  { weight: 1, arbitrary: fc.tuple(prefix, dindWord).map(([start, word]) => `${start}acme/${word}/app:1`) },
  { weight: 1, arbitrary: dindWord.filter((word) => !/[._]/.test(word)).map((word) => `${word}/acme/app:1`) },
);
