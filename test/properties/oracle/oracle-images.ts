/** An image reference in its parts; the registry is never left out. */
interface ImageName {
  readonly registry: string;
  readonly path: readonly string[];
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

/** How a container uses an image. */
export interface ImageUse {
  readonly command: readonly string[];
  readonly args: readonly string[];
}

/** What the official docker repository gives: a daemon, either by what is started, or only the client. */
type DockerVariant = 'daemon' | 'daemon-capable' | 'client';

const dockerHub: readonly string[] = [
  'docker.io',
  'index.docker.io',
  'registry-1.docker.io',
  'registry.hub.docker.com',
];

/** Daemons whose name has no "dind" in it. Patterns are compared from the right; a registry is named where it must be. */
const daemons: readonly string[] = ['docker/ucp-*'];

/** Plugins of continuous integration that only work privileged, which is a finding of its own. */
const privilegedPlugins: readonly string[] = [
  'plugins/docker',
  'plugins/acr',
  'plugins/ecr',
  'plugins/gcr',
  'plugins/heroku',
  'woodpeckerci/plugin-docker-buildx',
  'concourse/concourse',
  'harness/drone-docker',
];

const engines: readonly string[] = [
  'moby/buildkit',
  'earthly/earthly',
  'earthly/buildkitd',
  'registry.dagger.io/engine',
  'kindest/node',
  'rancher/k3s',
  'rancher/k3d',
  'k3d-io/k3d',
  'kicbase',
  'kubekins-e2e',
  'krte',
  'nestybox/*-docker',
  'registry.nestybox.com/nestybox/*',
];

const component = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const tagSyntax = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const digestSyntax = /^(?:sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})$/;
const registrySyntax = /^[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::[0-9]+)?$/;

/** The parts of an image reference, or undefined when it is none. */
function parseImage(reference: string): ImageName | undefined {
  // That would be the id of an image and not its name.
  if (/^[0-9a-f]{64}$/.test(reference)) return undefined;
  const at = reference.indexOf('@');
  const digest = at < 0 ? undefined : reference.slice(at + 1);
  const parts = (at < 0 ? reference : reference.slice(0, at)).split('/');

  const first = parts[0] ?? '';
  // A name of Docker Hub has no capital letters, so that a first part that has one is a host.
  const isHost = /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase();
  const namesRegistry = parts.length > 1 && isHost;
  const path = namesRegistry ? parts.slice(1) : parts;

  const last = path.at(-1) ?? '';
  const colon = last.indexOf(':');
  const tag = colon < 0 ? undefined : last.slice(colon + 1);
  const segments = [...path.slice(0, -1), colon < 0 ? last : last.slice(0, colon)];

  if (!segments.every((segment) => component.test(segment))) return undefined;
  if (tag !== undefined && !tagSyntax.test(tag)) return undefined;
  if (digest !== undefined && !digestSyntax.test(digest)) return undefined;
  // What is no host may still be read as the first part of a name.
  if (namesRegistry && !registrySyntax.test(first) && !component.test(first)) return undefined;

  const named = namesRegistry ? first.toLowerCase() : 'docker.io';
  const registry = dockerHub.includes(named) ? 'docker.io' : named;
  const isShort = registry === 'docker.io' && segments.length === 1;
  return { registry, path: isShort ? ['library', ...segments] : segments, tag, digest };
}

/** Whether an image reference is one. */
export function isReadable(reference: string): boolean {
  return parseImage(reference) !== undefined;
}

/** Whether the image is in the repository, whatever registry or mirror stands before it. */
function isFrom(image: ImageName, pattern: string): boolean {
  const wanted = pattern.split('/');
  const whole = [image.registry, ...image.path];
  const end = whole.slice(-wanted.length);
  return end.length === wanted.length && wanted.every((part, i) => globMatches(part, end[i] ?? ''));
}

function globMatches(pattern: string, value: string): boolean {
  const [before, after] = pattern.split('*');
  if (before === undefined || after === undefined) {
    return pattern === value;
  }
  return value.length >= before.length + after.length && value.startsWith(before) && value.endsWith(after);
}

function saysDind(word: string): boolean {
  const lower = word.toLowerCase();
  return /(^|[^a-z])dind([^a-z]|$)/.test(lower) || /docker[-_]?in[-_]?docker/.test(lower);
}

/** What the image is if it comes from the official docker repository, through whatever mirror. */
function officialDocker(image: ImageName): DockerVariant | undefined {
  if (!isFrom(image, 'library/docker') && !isFrom(image, 'dependency_proxy/containers/docker')) {
    return undefined;
  }
  const tag = image.tag ?? '';
  if (tag.includes('dind')) return 'daemon';
  // The tag beside a digest says nothing: what is pulled is what has the digest.
  if (image.digest !== undefined) return 'daemon-capable';
  if (/(^|-)cli(-|$)/.test(tag) || tag.includes('windowsservercore')) return 'client';
  // Tags of channels that ended before the plain tags became the daemon's.
  if (tag === 'edge' || tag === 'stable' || tag === 'test') return 'client';
  const version = /^v?([0-9]+)(?:\.([0-9]+))?(?:[.-]|$)/.exec(tag);
  if (version !== null) {
    const major = Number(version[1]);
    const minor = Number(version[2] ?? '0');
    if (major < 20 || (major === 20 && minor <= 10)) return 'client';
  }
  return 'daemon-capable';
}

/** Whether the image's own entrypoint starts the daemon: by itself, with options, or because it is told to. */
function startsDaemon(use: ImageUse): boolean {
  const first = use.args[0];
  if (use.command.length > 0) return false;
  const program = first?.split('/').at(-1);
  return first === undefined || first.startsWith('-') || program === 'dockerd' || program === 'dockerd-entrypoint.sh';
}

/** The check that the image is a finding of, if any. */
export function judgeImage(reference: string, use: ImageUse): 'dind-image' | 'engine-image' | undefined {
  const image = parseImage(reference);
  if (image === undefined) {
    return 'engine-image';
  }
  const last = image.path.at(-1) ?? '';
  if (saysDind(last) || saysDind(image.tag ?? '') || daemons.some((pattern) => isFrom(image, pattern))) {
    return 'dind-image';
  }
  const variant = officialDocker(image);
  if (variant === 'daemon' || (variant === 'daemon-capable' && startsDaemon(use))) {
    return 'dind-image';
  }
  // Rootless BuildKit does without privilege; what has a digest may be something else than its tag says.
  const isRootless = isFrom(image, 'moby/buildkit') && image.tag?.endsWith('rootless') && image.digest === undefined;
  if (isRootless) return undefined;
  const isEngine =
    variant !== undefined ||
    last === 'docker' ||
    saysDind(image.path.at(-2) ?? '') ||
    [...engines, ...privilegedPlugins].some((pattern) => isFrom(image, pattern));
  return isEngine ? 'engine-image' : undefined;
}
