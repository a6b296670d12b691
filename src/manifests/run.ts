import type { ObjectResult, ReadError } from '../output/result.ts';
import { countResult, type RunningTotals } from '../output/totals.ts';
import { ciSystemOf } from './ci-files.ts';
import { documentsOf, type RawDocument } from './documents.ts';
import { type Judge, judgeCiFile, judgeManifest } from './judge.ts';
import { parseDocument } from './parse.ts';
import { chunksOf, readProblem, type Source, type SourceProblem } from './sources.ts';

/** What comes out of a run, in the order of the sources. */
export type Event = { readonly result: ObjectResult } | { readonly error: ReadError };

/** Reads and judges sources one after the other; no more than one document is held. `totals` is counted meanwhile. */
export async function* judgeSources(
  sources: AsyncIterable<Source | SourceProblem>,
  judge: Judge,
  totals: RunningTotals,
): AsyncGenerator<Event> {
  for await (const source of sources) {
    totals.files++;
    for await (const event of eventsOf(source, judge)) {
      if ('result' in event) countResult(totals, event.result);
      else totals.errors++;
      yield event;
    }
  }
}

async function* eventsOf(source: Source | SourceProblem, judge: Judge): AsyncGenerator<Event> {
  const { file } = source;
  if ('message' in source) {
    yield { error: { file, document: undefined, message: source.message } };
    return;
  }
  try {
    for await (const document of documentsOf(chunksOf(source))) yield* judgeDocument(document, source, judge);
  } catch (error) {
    yield { error: { file, document: undefined, message: readProblem(error) } };
  }
}

function* judgeDocument(document: RawDocument, { file, found }: Source, judge: Judge): Generator<Event> {
  const system = ciSystemOf(file);
  const parsed = parseDocument(system === 'GitLab' ? withoutReferences(document) : document);
  if (parsed.kind === 'invalid') {
    if (found && system === undefined && !/^\s*["']?apiVersion/m.test(document.text)) return;
    for (const { at, message } of parsed.problems) yield { error: { file, document: document.index, at, message } };
    return;
  }
  for (const object of parsed.objects) {
    const judged =
      system === undefined ? judgeManifest(object, file, judge) : { result: judgeCiFile(object, file, system) };
    if (judged !== undefined) yield judged;
  }
}

/** GitLab's own tag, in place of which stands as much space, so that nothing moves: docs.gitlab.com/ci/yaml/yaml_optimization. */
function withoutReferences(document: RawDocument): RawDocument {
  return { ...document, text: document.text.replaceAll('!reference', ' '.repeat('!reference'.length)) };
}
