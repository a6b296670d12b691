import type { CommandContext } from '@stricli/core';
import { ask } from '../journal/queries/ask.ts';
import type { QuestionName } from '../journal/queries/catalogue.ts';
import type { Journal } from '../journal/queries/questions.ts';
import type { Answer } from '../journal/queries/table.ts';
import { storedNameWith, writeAnswers } from './journal-answer.ts';
import type { QueryFlags } from './journal-query.ts';

/** `pratique journal query QUESTION`. */
export async function query(this: CommandContext, name: QuestionName, flags: QueryFlags): Promise<void> {
  await writeAnswers(this, flags, (store) => answersTo(name, store.db, flags));
}

/** One answer, or with --all a page after the other: each is written before the next is read. */
async function* answersTo(name: QuestionName, db: Journal, flags: QueryFlags): AsyncGenerator<Answer> {
  const asking = { now: Date.now(), storedName: await storedNameWith(flags) };
  const isAll = flags.all === true;
  for (let cursor = flags.cursor; ; ) {
    const answer = await ask(name, db, { ...flags, ...(cursor === undefined ? {} : { cursor }) }, asking);
    const next = answer.page?.next;
    const more = next === undefined || isAll ? [] : [`There are older ones: --cursor ${next}, or --all.`];
    yield { ...answer, notes: [...answer.notes, ...more] };
    if (next === undefined || !isAll) return;
    cursor = next;
  }
}
