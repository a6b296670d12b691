import { globProblem, isGlob } from '../matching/glob.ts';

/** Says what is wrong with a text, as the end of a sentence that starts with the text, or undefined. */
export type TextProblem = (text: string) => string | undefined;

/** Names of profiles and exemptions: they become metric labels and words in messages. */
export function nameProblem(name: string): string | undefined {
  return name.length <= 63 && isWord(name, /^[a-z0-9.-]+$/)
    ? undefined
    : 'is no name: up to 63 lower-case letters, digits, "-" and ".", a letter or digit at both ends';
}

/** An RFC 1123 label, as Kubernetes names namespaces and containers. */
export function labelNameProblem(name: string): string | undefined {
  return name.length <= 63 && isWord(name, /^[a-z0-9-]+$/)
    ? undefined
    : 'is no Kubernetes name: up to 63 lower-case letters, digits and "-", a letter or digit at both ends';
}

/** A namespace's name, or a glob over them. */
export function namespacePatternProblem(pattern: string): string | undefined {
  const problem = globProblem(pattern);
  if (problem !== undefined) return problem;
  if (!isGlob(pattern)) return labelNameProblem(pattern);
  return /^[a-z0-9*-]+$/.test(pattern) ? undefined : 'can match no namespace';
}

/** A kind of custom resource with its group: `tekton.dev/Task`. */
export function groupKindProblem(text: string): string | undefined {
  const [group = '', kind = '', ...rest] = text.split('/');
  return rest.length === 0 && isSubdomain(group) && /^[A-Za-z][A-Za-z0-9]{0,62}$/.test(kind)
    ? undefined
    : 'is no kind: a group, "/" and a kind, such as tekton.dev/Task';
}

/** Keys joined by dots, in which `*` stands for every entry; empty for the place itself. */
export function podPathProblem(path: string): string | undefined {
  return path === '' || path.split('.').every((key) => /^(?:\*|[A-Za-z0-9_-]{1,63})$/.test(key))
    ? undefined
    : 'is no path: keys joined by ".", and "*" for every entry of a list';
}

/** An RFC 1123 subdomain, as Kubernetes names RuntimeClasses and service accounts. */
export function subdomainProblem(name: string): string | undefined {
  return isSubdomain(name) ? undefined : 'is no Kubernetes name: lower-case letters, digits, "-" and "."';
}

/** A label's key: `k8s.io/apimachinery/pkg/util/validation` IsQualifiedName. */
export function labelKeyProblem(key: string): string | undefined {
  return isQualifiedName(key) ? undefined : 'is no label key: an optional DNS prefix and "/", then up to 63 characters';
}

/** A label's value: empty, or up to 63 characters. */
export function labelValueProblem(value: string): string | undefined {
  return value === '' || isQualifiedPart(value) ? undefined : 'is no label value';
}

/** An extended resource's name: `k8s.io/kubernetes/pkg/apis/core/helper` IsExtendedResourceName. */
export function extendedResourceProblem(name: string): string | undefined {
  const [prefix, ...rest] = name.split('/');
  const isNative = rest.length === 0 || prefix === 'kubernetes.io' || prefix?.endsWith('.kubernetes.io') === true;
  if (!isNative && !name.startsWith('requests.') && isQualifiedName(`requests.${name}`)) return undefined;
  return 'is no extended resource: a domain that is not kubernetes.io, "/", and a name, such as squat.ai/fuse';
}

/** The implicit extended resource of a DRA DeviceClass (KEP-5004). */
const deviceClassPrefix = 'deviceclass.resource.kubernetes.io/';

/** An extended resource, or a DRA device class under its implicit name. */
export function gatedResourceProblem(name: string): string | undefined {
  return name.startsWith(deviceClassPrefix) && isQualifiedName(name) ? undefined : extendedResourceProblem(name);
}

/** A name that is compared as it is: in a user's name anything may occur, but a `*` is a misunderstanding. */
export function literalProblem(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (name.length > 512) return 'is longer than 512 characters';
  return isGlob(name) ? 'has a "*": names here are literal' : undefined;
}

/** Free text that logs and messages quote. */
export function textProblem(text: string): string | undefined {
  if (text.trim() === '') return 'is empty';
  return text.length > 1024 ? 'is longer than 1,024 characters' : undefined;
}

/**
 * When an exemption ends: milliseconds since the epoch, Infinity for never, undefined when it is no date.
 *
 * The day may be written as its first moment, which is what some YAML tools make of a date without quotes.
 */
export function endOf(expires: string): number | undefined {
  if (expires === 'never') return Number.POSITIVE_INFINITY;
  const match = /^(\d{4})-(\d{2})-(\d{2})(?:T00:00:00(?:\.000)?Z)?$/.exec(expires);
  if (match === null) return undefined;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const start = new Date(Date.UTC(year, month - 1, day));
  if (start.getUTCMonth() !== month - 1 || start.getUTCDate() !== day) return undefined;
  return Date.UTC(year, month - 1, day + 1) - 1;
}

/** A date, of which the whole day counts, or never. */
export function expiryProblem(expires: string): string | undefined {
  return endOf(expires) === undefined ? 'is no date such as 2027-06-30, and not never' : undefined;
}

function isWord(text: string, characters: RegExp): boolean {
  return characters.test(text) && /^[a-z0-9]/.test(text) && /[a-z0-9]$/.test(text);
}

function isSubdomain(name: string): boolean {
  return name.length <= 253 && name.split('.').every((label) => isWord(label, /^[a-z0-9-]+$/));
}

function isQualifiedPart(part: string): boolean {
  return part.length <= 63 && /^[\w.-]+$/.test(part) && /^[A-Za-z0-9]/.test(part) && /[A-Za-z0-9]$/.test(part);
}

function isQualifiedName(name: string): boolean {
  const parts = name.split('/');
  if (parts.length > 2) return false;
  const [last, prefix] = parts.reverse();
  return (prefix === undefined || isSubdomain(prefix)) && last !== undefined && isQualifiedPart(last);
}
