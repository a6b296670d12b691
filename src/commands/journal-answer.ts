import type { CommandContext } from '@stricli/core';
import { csvText } from '../journal/queries/csv.ts';
import { ParameterError } from '../journal/queries/parameters.ts';
import type { Answer } from '../journal/queries/table.ts';
import { tableText } from '../journal/queries/text.ts';
import { pseudonym } from '../journal/store/pseudonym.ts';
import { type JournalStore, StoreError } from '../journal/store/store.ts';
import type { AnswerFlags } from './journal-answer-flags.ts';
import { keyOf, openStore, type StoreFlags, storeConflict } from './journal-store.ts';
import { openReport, problemOf } from './report-stream.ts';

/** Opens the journal for reading, writes the answers that `answers` gives, and sets the exit code. */
export async function writeAnswers(
  { process: { stderr } }: CommandContext,
  flags: StoreFlags & AnswerFlags & { readonly all?: boolean },
  answers: (store: JournalStore) => AsyncIterable<Answer>,
): Promise<void> {
  const fail = (problem: string): void => {
    stderr.write(`${problem}\n`);
    process.exitCode = 2;
  };
  const conflict = storeConflict(flags);
  if (conflict !== undefined) return fail(conflict);
  try {
    const store = await openStore(flags, { readOnly: true });
    try {
      const notes = await written(flags, answers(store));
      // Where rows are read by programs, what is said besides must not be among them.
      stderr.write(notes.map((note) => `${note}\n`).join(''));
    } finally {
      await store.close();
    }
  } catch (error) {
    if (error instanceof ParameterError) return fail(`--${error.message}`);
    if (error instanceof StoreError) return fail(error.message);
    const problem = problemOf(error, flags);
    if (problem !== undefined) fail(problem);
  }
}

/** Reads how a user is called in the journal: with the key of pseudonyms, by such a one. */
export async function storedNameWith({ pseudonymKeyFile }: StoreFlags): Promise<(user: string) => string> {
  const key = await keyOf(pseudonymKeyFile);
  return (user) => (key === undefined ? user : pseudonym(user, key));
}

async function written(
  { format, output, all }: AnswerFlags & { readonly all?: boolean },
  answers: AsyncIterable<Answer>,
): Promise<readonly string[]> {
  const { write, close } = openReport({ color: 'never', ...(output === undefined ? {} : { output }) });
  const notes: string[] = [];
  let isFirst = true;
  for await (const answer of answers) {
    notes.push(...answer.notes);
    if (format === 'csv') await write(csvText(answer.table, isFirst));
    else if (format === 'json') await write(jsonText(answer, all === true));
    else await write(tableText(answer.table));
    isFirst = false;
  }
  await close();
  return notes;
}

/** Several pages would be no JSON together: then each entry is a line of its own. */
function jsonText({ json, page }: Answer, isOfMany: boolean): string {
  if (!isOfMany || page === undefined) return `${JSON.stringify(json, undefined, 2)}\n`;
  return page.entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
}
