import { isObject } from '../../kubernetes/shape.ts';
import { configurationLineLimit } from '../lines.ts';

/** What a line of a log holds once what a collector put around it is gone. */
export type Unwrapped =
  | { readonly kind: 'line'; readonly value: unknown; readonly text: string }
  /** A piece of a line whose end is yet to come. */
  | { readonly kind: 'piece' }
  | { readonly kind: 'empty' }
  | { readonly kind: 'problem'; readonly reason: string };

/** Takes wrapping off lines, in their order: long lines come in pieces. */
export type Unwrap = (text: string) => Unwrapped;

/** `2026-11-22T12:00:00.123456789Z stdout F …`, as containerd and CRI-O write (kubelet: CRI logging format). */
const cri = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d) (stdout|stderr) ([FP])(?: |$)/;

/** Where collectors put the line: Docker and Fluent Bit in `log`, Vector and Logstash in `message`. */
const fields = ['log', 'message'] as const;

/** How often one wrapping may be in another: Fluent Bit around containerd's. */
const deepest = 3;

/**
 * Returns what takes off the wrapping of a log collector: containerd's and CRI-O's prefix, Docker's json-file, and objects
 * with the line in `log` or `message`.
 *
 * A line that containerd or Docker has cut is put together again, of each stream on its own.
 */
export function unwrapper(): Unwrap {
  const pieces = new Map<string, string>();
  const joined = (stream: string, text: string, isWhole: boolean): string | undefined => {
    const line = (pieces.get(stream) ?? '') + text;
    if (isWhole) pieces.delete(stream);
    // What is too long to be a line of ours is not kept, and told of by its end, which is no JSON.
    else pieces.set(stream, line.length > configurationLineLimit ? '' : line);
    return isWhole ? line : undefined;
  };
  return (text) => unwrapped(text, joined, 0);
}

type Join = (stream: string, text: string, isWhole: boolean) => string | undefined;

function unwrapped(text: string, join: Join, depth: number): Unwrapped {
  const prefix = cri.exec(text);
  if (prefix !== null) {
    const [whole, stream = '', tag] = prefix;
    return again(join(stream, text.slice(whole.length), tag === 'F'), join, depth);
  }
  if (text.trim() === '') return { kind: 'empty' };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'problem', reason: 'is no JSON' };
  }
  if (!isObject(value)) return { kind: 'problem', reason: 'is no JSON object' };
  const inner = innerLine(value);
  if (inner === undefined) return { kind: 'line', value, text };
  if (typeof inner !== 'string') return { kind: 'line', value: inner, text: JSON.stringify(inner) };
  // Docker's own files say by the newline which piece is the last.
  const isDocker = Object.hasOwn(value, 'stream') && Object.hasOwn(value, 'time') && Object.keys(value).length <= 4;
  const isWhole = !isDocker || inner.endsWith('\n');
  return again(join(`docker ${String(value['stream'])}`, inner.replace(/\n$/, ''), isWhole), join, depth);
}

function again(line: string | undefined, join: Join, depth: number): Unwrapped {
  if (line === undefined) return { kind: 'piece' };
  if (depth === deepest) return { kind: 'problem', reason: 'is wrapped too often' };
  return unwrapped(line, join, depth + 1);
}

/** The line in a wrapping; undefined when the value is none. Lines of ours and audit events may have such fields. */
function innerLine(value: Readonly<Record<string, unknown>>): unknown {
  if (Object.hasOwn(value, 'v') || Object.hasOwn(value, 'level') || Object.hasOwn(value, 'kind')) return undefined;
  for (const field of fields) {
    const inner = Object.hasOwn(value, field) ? value[field] : undefined;
    if (typeof inner === 'string' || isObject(inner)) return inner;
  }
  return undefined;
}
