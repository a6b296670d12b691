import { customResources } from '../facts/custom-resources.ts';
import { textAt } from '../kubernetes/fields.ts';
import type { Fields } from '../kubernetes/shape.ts';
import { UnreadableObjectError } from '../kubernetes/shape.ts';
import { documentsOf, type RawDocument } from '../manifests/documents.ts';
import { parseDocument } from '../manifests/parse.ts';
import { chunksOf, readProblem, type Source, sourcesOf } from '../manifests/sources.ts';
import { compileSubjects } from '../manifests/subjects.ts';
import type { Sample } from './cases.ts';
import { type Exception, exceptionOf } from './exceptions.ts';
import { type Rule, rulesOf } from './rules.ts';

/** The policies of some texts, or of a cluster. */
export interface Policies {
  readonly rules: readonly Rule[];
  readonly exceptions: readonly Exception[];
  /** What could not be read, with its place. */
  readonly errors: readonly string[];
}

/** An object of a text, or why one could not be read. */
type Read = { readonly object: Fields; readonly file: string } | { readonly error: string };

/** Reads the policies of files and folders; what else is in them is passed over. */
export async function policiesIn(paths: readonly string[]): Promise<Policies> {
  const objects: { readonly object: Fields; readonly source: string }[] = [];
  const errors: string[] = [];
  for await (const read of objectsIn(paths)) {
    if ('error' in read) errors.push(read.error);
    else objects.push({ object: read.object, source: read.file });
  }
  return policiesOf(objects, errors);
}

/** Sorts objects into rules and exceptions. */
export function policiesOf(
  objects: readonly { readonly object: Fields; readonly source: string }[],
  errors: readonly string[],
): Policies {
  const exceptions = objects.flatMap(({ object, source }) => exceptionOf(object, source) ?? []);
  const rules = objects.flatMap(({ object, source }) => rulesOf(object, source) ?? []);
  return { rules, exceptions, errors };
}

const subjectsOf = compileSubjects(customResources);
/** As Kubernetes names objects and namespaces; the names become keys of what Kyverno answers. */
const objectName = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;

/** Reads the objects of files and folders that hold something to judge; those in no namespace are taken to be in `default`. */
export async function ownObjectsIn(
  paths: readonly string[],
): Promise<{ readonly own: readonly Sample[]; readonly errors: readonly string[] }> {
  const own: Sample[] = [];
  const errors: string[] = [];
  for await (const read of objectsIn(paths)) {
    if ('error' in read) errors.push(read.error);
    else if (holdsSomething(read.object)) {
      const [kind, name] = [textAt(read.object, 'kind'), textAt(read.object, 'metadata', 'name')];
      const namespace = textAt(read.object, 'metadata', 'namespace') || 'default';
      if (!objectName.test(name) || !objectName.test(namespace))
        errors.push(`${read.file}: ${kind}: has no name of Kubernetes`);
      else own.push({ title: `${kind} ${namespace}/${name}`, from: read.file, isVariant: false, object: read.object });
    }
  }
  return { own, errors };
}

function holdsSomething(object: Fields): boolean {
  try {
    return subjectsOf(object, '').length > 0;
  } catch (error) {
    if (error instanceof UnreadableObjectError) return true;
    throw error;
  }
}

async function* objectsIn(paths: readonly string[]): AsyncGenerator<Read> {
  for await (const source of sourcesOf(paths)) {
    if ('message' in source) {
      yield { error: `${source.file}: ${source.message}` };
      continue;
    }
    try {
      for await (const document of documentsOf(chunksOf(source))) yield* readIn(document, source);
    } catch (error) {
      yield { error: `${source.file}: ${readProblem(error)}` };
    }
  }
}

function* readIn(document: RawDocument, { file, found }: Source): Generator<Read> {
  const parsed = parseDocument(document);
  if (parsed.kind === 'objects') {
    for (const { value } of parsed.objects) yield { object: value, file };
    return;
  }
  // What is no manifest either, in a folder that was named, is nobody's business.
  if (found && !/^\s*["']?apiVersion/m.test(document.text)) return;
  for (const { at, message } of parsed.problems) yield { error: `${file}:${at.line}: ${message}` };
}
