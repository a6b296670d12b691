import { compileGlob, globProblem, isGlob } from './glob.ts';
import { printable } from './printable.ts';

/** An image reference, taken apart and normalised. */
export interface Image {
  /** Host and port in lower case; `docker.io` for each name of Docker Hub. */
  readonly registry: string;
  /** `library/…` for the official images of Docker Hub. */
  readonly path: string;
  readonly tag: string | undefined;
  /** With its algorithm: `sha256:…`. */
  readonly digest: string | undefined;
}

/** The name of Docker Hub in normalised references. */
export const dockerHub = 'docker.io';
/** Names under which registries and mirrors know Docker Hub. */
export const dockerHubNames: ReadonlySet<string> = new Set([
  dockerHub,
  'index.docker.io',
  'registry-1.docker.io',
  'registry.hub.docker.com',
]);

const longestPath = 255;
/** No name that DNS resolves makes a reference longer than this. */
const longestReference = 1024;
const hostPart = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const hostText = `(?:${hostPart}(?:\\.${hostPart})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const pathPart = '[a-z0-9]+(?:(?:\\.|__?|-+)[a-z0-9]+)*';
const digestText = 'sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128}';
const pathText = `${pathPart}(?:/${pathPart})*`;
const tagText = '\\w[\\w.-]{0,127}';
/** The grammar of github.com/distribution/reference, with the digests that go-digest knows; its time is linear. */
const grammar = new RegExp(`^(?:(${hostText})/)?(${pathText})(?::(${tagText}))?(?:@(${digestText}))?$`);
/** The same without groups. */
export const grammarWithoutGroups = new RegExp(`^(?:${hostText}/)?${pathText}(?::${tagText})?(?:@(?:${digestText}))?$`);
/** What the grammar would take for a repository, and the container runtimes for an image's id. */
const imageId = /^[a-f0-9]{64}$/;

/**
 * Takes an image reference apart as the container runtimes do (github.com/distribution/reference), or answers undefined
 * when they would refuse it.
 *
 * The first component is a registry when it has a `.`, a `:` or an upper-case letter, or is `localhost`.
 */
export function parseImage(reference: string): Image | undefined {
  if (reference.length > longestReference) return undefined;
  const parts = grammar.exec(reference);
  if (parts === null || imageId.test(reference)) return undefined;
  const [, first, rest = '', tag, digest] = parts;
  const registry = first === undefined || !isRegistry(first) ? dockerHub : normalRegistry(first);
  const named = first === undefined || isRegistry(first) ? rest : `${first}/${rest}`;
  const path = registry === dockerHub && !named.includes('/') ? `library/${named}` : named;
  return path.length > longestPath ? undefined : { registry, path, tag, digest };
}

/** Whether a container runtime could read the reference: as `parseImage` has it, at a fraction of the cost. */
export function isImage(reference: string): boolean {
  if (reference.length === 64 || reference.length > 240) return parseImage(reference) !== undefined;
  return grammarWithoutGroups.test(reference);
}

/** Writes an image in full: `docker.io/library/docker:29@sha256:…`. */
export function formatImage({ registry, path, tag, digest }: Image): string {
  return `${registry}/${path}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/**
 * Writes a reference for messages and records: normalised, at most 512 characters, without control characters.
 *
 * What cannot be parsed may be a URL with a password or a token in it: what stands before an `@` or after a `?` or `#`
 * is left out.
 */
export function printableImage(reference: string): string {
  const image = parseImage(reference);
  return printable(image === undefined ? withoutSecrets(reference) : formatImage(image));
}

/** Whether the first of several components of a reference is a registry: else it is a namespace of Docker Hub. */
export function isRegistry(component: string): boolean {
  return component.includes('.') || component.includes(':') || component === 'localhost' || /[A-Z]/.test(component);
}

/** Whether a component, in lower case, is one of the names of Docker Hub. */
export function isDockerHub(component: string): boolean {
  return dockerHubNames.has(component);
}

/**
 * Says what is wrong with an operator's pattern, or undefined.
 *
 * A pattern is a glob over repositories, read as a reference is: `acme/builder` is `docker.io/acme/builder`, `docker` is
 * `docker.io/library/docker`, `registry.example/ci/**` is all below `ci`; a first component `*` or `**` is any registry.
 */
export function imagePatternProblem(pattern: string): string | undefined {
  // An IPv6 address has brackets, which a glob may not have elsewhere.
  const problem = globProblem(pattern.replace(/^\[[a-fA-F0-9:]+\]/, 'localhost'));
  if (problem !== undefined) return problem;
  if (pattern.includes('@')) return 'has a digest: patterns name repositories, without tag and digest';
  if (pattern.includes(':', pattern.lastIndexOf('/') + 1)) {
    return 'has a tag: patterns name repositories, without tag and digest';
  }
  const first = firstComponent(pattern);
  if (isGlob(first) && !namesRegistry(first)) {
    return `may start with a registry or not: write ${dockerHub}/${pattern}, or the registry`;
  }
  return parseImage(pattern.replaceAll('*', 'x')) === undefined ? 'names no repository' : undefined;
}

/**
 * Compiles patterns into a test of image references: whether the normalised `registry/path`, without tag and digest,
 * matches one of them. A reference that cannot be parsed matches none.
 */
export function compileImagePatterns(patterns: readonly string[]): (reference: string) => boolean {
  const normal = normalPatterns(patterns);
  const literals = new Set(normal);
  const globs = normal.filter(isGlob).map(compileGlob);
  return (reference) => {
    const image = parseImage(reference);
    if (image === undefined) return false;
    const repository = `${image.registry}/${image.path}`;
    return literals.has(repository) || globs.some((matches) => matches(repository));
  };
}

/** Patterns of repositories as globs over the normalised `registry/path`; those with a problem are left out. */
export function normalPatterns(patterns: readonly string[]): readonly string[] {
  return patterns.filter((pattern) => imagePatternProblem(pattern) === undefined).map(normalPattern);
}

function normalPattern(pattern: string): string {
  if (pattern === '**') return pattern;
  const first = firstComponent(pattern);
  const hasRegistry = namesRegistry(first);
  const registry = hasRegistry ? normalRegistry(first) : dockerHub;
  const path = hasRegistry ? pattern.slice(first.length + 1) : pattern;
  const official = registry === dockerHub && !path.includes('/') && path !== '**';
  return `${registry}/${official ? 'library/' : ''}${path}`;
}

/** The first of several components; empty where there is only one, which is no registry. */
function firstComponent(pattern: string): string {
  return pattern.slice(0, Math.max(pattern.indexOf('/'), 0));
}

function namesRegistry(first: string): boolean {
  return first === '*' || first === '**' || isRegistry(first);
}

/** In lower case, unless it is a registry by its upper case alone: `ACME/tool` must not become `acme/tool` of Docker Hub. */
function normalRegistry(registry: string): string {
  const lower = registry.toLowerCase();
  if (isDockerHub(lower)) return dockerHub;
  return isRegistry(lower) ? lower : registry;
}

function withoutSecrets(reference: string): string {
  const at = reference.lastIndexOf('@');
  const query = reference.search(/[?#]/);
  if (at !== -1 && query !== -1) return '…';
  if (at !== -1) return `…${reference.slice(at)}`;
  return query === -1 ? reference : `${reference.slice(0, query)}…`;
}
