const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

/** Host paths that are denied, by the checks that find them. */
export const deniedPaths: readonly (readonly [path: string, checks: readonly string[]])[] = [
  ['/var/run/docker.sock', ['engine-socket-mount']],
  ['/run/docker.sock', ['engine-socket-mount']],
  ['//var//run/docker.sock', ['engine-socket-mount']],
  ['/var/run/docker.sock/', ['engine-socket-mount']],
  ['/var/./run/docker.sock', ['engine-socket-mount']],
  ['var/run/docker.sock', ['engine-socket-mount']],
  ['/', ['engine-socket-mount', 'host-path-protected']],
  ['//', ['engine-socket-mount', 'host-path-protected']],
  ['/.', ['engine-socket-mount', 'host-path-protected']],
  ['/var', ['engine-socket-mount', 'host-path-protected']],
  ['/var/', ['engine-socket-mount', 'host-path-protected']],
  ['/run', ['engine-socket-mount', 'host-path-protected']],
  ['/run/', ['engine-socket-mount', 'host-path-protected']],
  ['/var/run', ['engine-socket-mount', 'host-path-protected']],
  ['/proc/1/root/run', ['engine-socket-mount', 'host-path-protected']],
  ['/proc/self/root', ['engine-socket-mount', 'host-path-protected']],
  ['/run/containerd', ['engine-socket-mount']],
  ['/run/containerd/s', ['engine-socket-mount']],
  ['/run/user/1000', ['engine-socket-mount']],
  ['/data/docker.sock', ['engine-socket-mount']],
  ['/var/lib/kubelet/device-plugins', ['host-path-protected']],
  ['/etc/kubernetes/manifests/', ['host-path-protected']],
  ['/lib/modules', ['host-path-protected']],
  ['/dev/fuse', ['host-path-protected']],
  ['\\\\.\\pipe\\docker_engine', ['engine-socket-mount', 'host-path-protected']],
  ['//./pipe/docker_engine', ['engine-socket-mount', 'host-path-protected']],
  ['C:\\', ['engine-socket-mount', 'host-path-protected']],
  ['/etc/pki', ['host-path-protected']],
];

/** Host paths that only host-path-unlisted finds. */
export const unlistedPaths: readonly string[] = [
  '/var/runner',
  '/run/scope/plugins',
  '/tmp/cache',
  '/VAR/RUN/docker',
  '/run/dockerx',
  '/etc-old',
  '/mnt/data',
];

/** Images of docker-in-docker, with what their container has beside. */
export const deniedImages: readonly (readonly [image: string, container: Record<string, unknown>])[] = [
  ['docker:dind', {}],
  ['docker:24-dind', {}],
  ['docker:dind-rootless', {}],
  ['library/docker:29', {}],
  ['docker', {}],
  [`docker@${digest}`, { args: ['--storage-driver=vfs'] }],
  [`registry.example:5000/mirror/docker:27.1-dind@${digest}`, {}],
  ['public.ecr.aws/docker/library/docker:dind', {}],
  ['ghcr.io/x/actions-runner-dind:latest', {}],
  [`mirror.gcr.io/library/docker@${digest}`, {}],
  ['gitlab.example.com/group/dependency_proxy/containers/docker:29', {}],
  ['docker:5000/team-cli-tools/library/docker:29', {}],
];

/** Images that sound like it and are not. */
export const innocentImages: readonly string[] = [
  'docker.elastic.co/elasticsearch/elasticsearch:8',
  'docker.io/library/nginx',
  'myorg/docker-registry-ui',
  'ghcr.io/a/blinding:1',
  'registry:2',
  'gcr.io/kaniko-project/executor:v1.24.0',
  'moby/buildkit:v0.25.0-rootless',
  'docker:5000/team/app:1',
];
