import { ask } from '../queries/ask.ts';
import { catalogue, type QuestionName } from '../queries/catalogue.ts';
import { csvText } from '../queries/csv.ts';
import { ParameterError } from '../queries/parameters.ts';
import { type Answer, PageError, type ParamProblem, type Question } from './answer.ts';
import { nothing } from './markup.ts';
import { parameterProblem, readParams, requireNoProblems } from './reading.ts';

const formats = ['json', 'csv'] as const;

/** Answers a question of the catalogue as JSON, or as CSV; as a file to keep where that is asked for. */
export function askedQuestion(name: QuestionName): (question: Question) => Promise<Answer> {
  return async ({ db, params, now, storedName }) => {
    const { format, download, rest } = formOf(params);
    const reading = readParams(rest, catalogue[name].parameters);
    requireNoProblems(reading);
    try {
      const { json, table, notes } = await ask(name, db, reading.parameters, { now, storedName });
      const text =
        format === 'csv' ? csvText(table) : `${JSON.stringify({ version: 1, ...(json as object), notes })}\n`;
      return fileAnswer({ name, format, download, text, now });
    } catch (error) {
      if (!(error instanceof ParameterError)) throw error;
      throw wrong([parameterProblem(error, reading.parameters[error.parameter])]);
    }
  };
}

/** A text as a file of a name with the day in it, or to be shown. */
export function fileAnswer({
  name,
  format,
  download,
  text,
  now,
}: {
  readonly name: string;
  readonly format: (typeof formats)[number];
  readonly download: boolean;
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}): Answer {
  const type = format === 'csv' ? 'text/csv' : 'application/json';
  const file = download ? `pratique-${name}-${new Date(now).toISOString().slice(0, 10)}.${format}` : undefined;
  return {
    status: 200,
    sheet: { title: name, body: nothing },
    file: { type, text, ...(file === undefined ? {} : { name: file }) },
  };
}

/** How the answer is wanted, and the parameters that are left. */
function formOf(params: URLSearchParams) {
  const format = formats.find((one) => one === (params.get('format') ?? 'json'));
  if (format === undefined) throw wrong([{ name: 'format', message: `is none of ${formats.join(', ')}.` }]);
  const rest = new URLSearchParams([...params].filter(([name]) => name !== 'format' && name !== 'download'));
  return { format, download: params.get('download') === 'yes', rest };
}

function wrong(problems: readonly ParamProblem[]): PageError {
  return new PageError({ status: 400, title: 'The address asks for what there is not', problems });
}
