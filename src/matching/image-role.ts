import { isDockerHub, isImage, isRegistry } from './image.ts';

/**
 * What an image is, by its name: the daemon of an engine; one unless it is given another command; or an engine or its
 * client, which need privilege or a socket to be of use.
 */
export type ImageRole = 'daemon' | 'daemon-by-default' | 'engine';

/** Images that are known by name. */
export interface KnownImage {
  /** The last components of the repository, in any registry and below any mirror's prefix; `*` within a component. */
  readonly repository: string;
  readonly role: 'daemon' | 'engine';
  /** Tags that end so need no privilege: they have no role, unless a digest stands beside them. */
  readonly harmlessTag?: string;
}

/** The name that tells a daemon in a last component or a tag: `24-dind`, `ubuntu-dind`, `docker-in-docker`; not `finding`. */
export const daemonToken = /(?:^|[^a-z])dind(?:[^a-z]|$)|docker[-_]?in[-_]?docker/;
/** Parts of a tag that tell a client, on Linux or on Windows. */
export const clientParts: ReadonlySet<string> = new Set(['cli', 'windowsservercore', 'nanoserver']);
/** The old floating tags of the docker image, frozen in 2020 as clients (docker-library/official-images#9253). */
export const frozenClientTags: ReadonlySet<string> = new Set(['stable', 'test', 'edge']);
/** The last major version whose tags without suffix are clients: later ones are daemons (docker-library/docker#369). */
export const lastClientVersion = 20;

/** Compiles known images into a function that tells the role of a reference, parsable or not; undefined for all others. */
export function compileImageRoles(known: readonly KnownImage[]): (reference: string) => ImageRole | undefined {
  const compiled = known.map((image) => ({ ...image, pattern: new RegExp(`(?:^|/)${source(image)}$`) }));
  const names = ['docker', ...known.map(source)].join('|');
  // Most images have no role: one pass of one expression finds that out, and nothing is allocated.
  const suspicious = new RegExp(`dind|docker[-_]?in[-_]?docker|(?:^|[/\\s])(?:${names})(?![\\w.-])`, 'i');
  return (reference) => (suspicious.test(reference) ? roleOf(reference, compiled) : undefined);
}

interface CompiledImage extends KnownImage {
  readonly pattern: RegExp;
}

function source({ repository }: KnownImage): string {
  return RegExp.escape(repository).replaceAll('\\*', '[^/:@]*');
}

function roleOf(reference: string, known: readonly CompiledImage[]): ImageRole | undefined {
  const text = reference.trim().toLowerCase();
  const at = text.indexOf('@');
  const components = (at === -1 ? text : text.slice(0, at)).split('/').filter((component) => component !== '');
  const [last = '', ...rest] = (components.pop() ?? '').split(':');
  const tag = rest.join(':');
  if (daemonToken.test(isImage(reference) ? `${last}:${tag}` : text)) return 'daemon';
  const repository = [...components, last].join('/');
  const found = known.find(({ pattern }) => pattern.test(repository));
  if (found?.role === 'daemon') return 'daemon';
  if (last === 'docker') {
    return isOfficial(components) && isDaemonByDefault(tag, at !== -1) ? 'daemon-by-default' : 'engine';
  }
  // Not beside a digest, which may be of any image of the repository: see isDaemonByDefault.
  if (found?.harmlessTag !== undefined && at === -1 && tag.endsWith(found.harmlessTag)) return undefined;
  if (found !== undefined) return found.role;
  const before = components.at(-1);
  if (before === undefined || (components.length === 1 && isRegistry(before))) return undefined;
  return daemonToken.test(before) ? 'engine' : undefined;
}

/** Whether what stands before `docker` makes it the official image: on Docker Hub, or in a mirror of it. */
function isOfficial(before: readonly string[]): boolean {
  const [last, second] = [before.at(-1), before.at(-2)];
  if (last === undefined || last === 'library' || isDockerHub(last)) return true;
  return last === 'containers' && second === 'dependency_proxy';
}

/**
 * Whether a tag of the official docker image starts the daemon when it is given no command: `29`, `latest` and none do,
 * `cli` and Windows do not, nor does anything up to 20.10; `git` follows the unsuffixed tags (docker-library/docker#423).
 *
 * With a digest the runtimes do not look at the tag (distribution/reference, ParseDockerRef), so it tells nothing.
 */
function isDaemonByDefault(tag: string, hasDigest: boolean): boolean {
  if (hasDigest) return true;
  const parts = tag.split('-');
  if (parts.some((part) => clientParts.has(part))) return false;
  const version = /^v?(\d+)(?:[.-]|$)/.exec(tag)?.[1];
  return version === undefined ? !frozenClientTags.has(parts[0] ?? '') : Number(version) > lastClientVersion;
}
