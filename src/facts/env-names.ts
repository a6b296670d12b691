/** Variables that say where a container engine is, by the client that reads them. */
export const engineVariables: readonly string[] = [
  // Docker and what talks its protocol.
  'DOCKER_HOST',
  'DOCKER_CONTEXT',
  // Podman.
  'CONTAINER_HOST',
  // ctr and nerdctl; crictl and the kubelet.
  'CONTAINERD_ADDRESS',
  'CONTAINER_RUNTIME_ENDPOINT',
  'IMAGE_SERVICE_ENDPOINT',
  // buildctl, Earthly, Dagger.
  'BUILDKIT_HOST',
  'EARTHLY_BUILDKIT_HOST',
  '_EXPERIMENTAL_DAGGER_RUNNER_HOST',
  // Testcontainers.
  'TESTCONTAINERS_DOCKER_SOCKET_OVERRIDE',
  'TESTCONTAINERS_HOST_OVERRIDE',
  // Tell-tales of docker-in-docker: the entrypoint of the docker image, and Kubernetes' own CI images.
  'DOCKER_TLS_CERTDIR',
  'DOCKER_IN_DOCKER_ENABLED',
];
