import type { KnownImage } from '../matching/image-role.ts';

/**
 * Images of engines, by repository. Whatever has the token `dind` in its last component or tag is known without being
 * listed, and so is the official docker image; names only help to explain, the boundary is what a pod may do.
 *
 * Not listed, because they build without privilege: quay.io/buildah, quay.io/podman, kaniko, ko, jib, apko.
 */
export const knownImages: readonly KnownImage[] = [
  // Docker's Universal Control Plane runs the node's engine.
  { repository: 'docker/ucp-*', role: 'daemon' },

  // BuildKit: only the rootless image does without privilege (moby/buildkit docs/rootless.md).
  { repository: 'moby/buildkit', role: 'engine', harmlessTag: 'rootless' },
  { repository: 'earthly/earthly', role: 'engine' },
  { repository: 'earthly/buildkitd', role: 'engine' },
  { repository: 'registry.dagger.io/engine', role: 'engine' },
  { repository: 'dagger/engine', role: 'engine' },

  // Clusters in a container.
  { repository: 'kindest/node', role: 'engine' },
  { repository: 'rancher/k3s', role: 'engine' },
  { repository: 'rancher/k3d', role: 'engine' },
  { repository: 'k3d-io/k3d', role: 'engine' },
  { repository: 'k8s-minikube/kicbase', role: 'engine' },
  { repository: 'kicbase/stable', role: 'engine' },
  { repository: 'kubekins-e2e', role: 'engine' },
  { repository: 'k8s-staging-test-infra/krte', role: 'engine' },
  { repository: 'k8s-testimages/krte', role: 'engine' },

  // CI plugins that run a daemon of their own: Drone runs them privileged (drone-runtime, compiler.Privileged).
  { repository: 'plugins/docker', role: 'engine' },
  { repository: 'plugins/acr', role: 'engine' },
  { repository: 'plugins/ecr', role: 'engine' },
  { repository: 'plugins/gcr', role: 'engine' },
  { repository: 'plugins/heroku', role: 'engine' },
  { repository: 'woodpeckerci/plugin-docker-buildx', role: 'engine' },
  { repository: 'concourse/concourse', role: 'engine' },

  // Systems with an engine inside, made for sysbox-runc.
  { repository: 'registry.nestybox.com/nestybox/*', role: 'engine' },
  { repository: 'nestybox/*-docker', role: 'engine' },
];
