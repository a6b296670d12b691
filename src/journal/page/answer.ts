import type { Journal } from '../queries/questions.ts';
import { StoreError } from '../store/store.ts';
import type { Sheet } from './layout.ts';
import { type Html, html, nothing } from './markup.ts';

/** What somebody asks for, of one address. */
export interface Question {
  readonly db: Journal;
  readonly params: URLSearchParams;
  /** The parameters as they came, with the `?`. */
  readonly search: string;
  /** The parts of the address that a route leaves open. */
  readonly path: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Of this program. */
  readonly version: string;
  /** The name under which a user is kept, where those are pseudonyms. */
  readonly storedName: (user: string) => string;
}

/** What is answered: a page, or what `file` holds; JSON in place of the page where a program asked. */
export interface Answer {
  readonly status: number;
  readonly sheet: Sheet;
  readonly json?: unknown;
  /** Where the JSON is found. */
  readonly api?: string;
  readonly file?: { readonly type: string; readonly name?: string; readonly text: string };
  /** Where the same is found under a better address. */
  readonly location?: string;
  /** Seconds. */
  readonly retryAfter?: number;
}

/** What is wrong with one parameter of an address. */
export interface ParamProblem {
  readonly name: string;
  /** A sentence that does not repeat the name. */
  readonly message: string;
}

interface Problem {
  readonly status: number;
  readonly title: string;
  readonly message?: string;
  readonly problems?: readonly ParamProblem[];
  readonly retryAfter?: number;
}

/** An address that cannot be answered, because of what it asks for. */
export class PageError extends Error {
  readonly code = 'ERR_JOURNAL_PAGE';
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.title);
    this.name = 'PageError';
    this.problem = problem;
  }
}

/** Answers with what is wrong: a problem in words, or an error that was thrown. Never tells what an error says. */
export function problemAnswer(given: unknown): Answer {
  const problem = problemOf(given);
  const { status, title, message, problems = [], retryAfter } = problem;
  const items = problems.map((one) => html`<li><code>${one.name}</code>: ${one.message}</li>`);
  const words = message === undefined ? nothing : html`<p>${message}</p>`;
  const list = items.length === 0 ? nothing : html`<ul>!${items}</ul>`;
  const body: Html = html`<div class="note bad" role="alert">!${words}!${list}</div><p><a href="/">To the overview</a></p>`;
  return {
    status,
    sheet: { title, body },
    json: { version: 1, error: { status, title, message: message ?? title, problems } },
    ...(retryAfter === undefined ? {} : { retryAfter }),
  };
}

function problemOf(given: unknown): Problem {
  if (given instanceof PageError) return given.problem;
  if (given instanceof StoreError) {
    const message =
      given.problem === 'newer'
        ? 'The store was made by a newer version of Pratique than this server. Update the server.'
        : 'The store of the journal does not answer. Decisions go on; what they were is sent again later. The log of the journal server says more.';
    return { status: 503, title: 'The journal cannot be read just now', message, retryAfter: 5 };
  }
  if (given instanceof Error) {
    const status = 'statusCode' in given ? Number(given.statusCode) : 500;
    if (status >= 400 && status < 500) {
      return { status, title: 'Not readable', message: 'The request could not be read.' };
    }
    return { status: 500, title: 'The page failed', message: 'The log of the journal server says more.' };
  }
  return given as Problem;
}
