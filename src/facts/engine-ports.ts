/** Ports by which engines are reached over the network, with what listens there by default. */
export const enginePorts: ReadonlyMap<number, string> = new Map([
  // docs.docker.com/reference/cli/dockerd, -H: without and with TLS; 2377 is the Swarm manager.
  [2375, 'Docker'],
  [2376, 'Docker'],
  [2377, 'Docker Swarm'],
  // moby/buildkit README: buildkitd --addr tcp://0.0.0.0:1234.
  [1234, 'BuildKit'],
  // containerd docs/cri/config.md, stream_server_port, where it is fixed.
  [10010, 'the stream server of containerd'],
]);
