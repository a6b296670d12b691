import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely';
import { searchKey } from '../store/rows.ts';
import type { FindingOutcome, JournalTables } from '../store/schema.ts';
import type { TimeRange } from './overview.ts';
import type { Journal, RecordFilter } from './questions.ts';

/** Builds conditions on `records as r`. */
export type RecordExpressions = ExpressionBuilder<{ r: JournalTables['records'] }, 'r'>;

type TextColumn = 'r.user_name' | 'r.namespace' | 'r.owner' | 'r.exemption';

/**
 * Makes the conditions of a filter and a time range on `records as r`.
 *
 * What findings and images say is asked of their own tables by time and number, so that a rare check or image is found
 * without reading every record, and PostgreSQL only looks at the days in question.
 */
export function recordConditions(
  e: RecordExpressions,
  filter: RecordFilter,
  { from, to }: TimeRange,
): Expression<SqlBool> {
  const { user, namespace, owner, exemption, name, check, image, configHash, instance, webhook, decisions } = filter;
  const all: Expression<SqlBool>[] = [e('r.ts', '>=', from), e('r.ts', '<', to)];
  const texts: readonly (readonly [TextColumn, string | undefined])[] = [
    ['r.user_name', user],
    ['r.namespace', namespace],
    ['r.owner', owner],
    ['r.exemption', exemption],
  ];
  for (const [column, text] of texts) if (text !== undefined) all.push(textCondition(e, column, text));
  if (configHash !== undefined) all.push(e('r.config_hash', '=', configHash));
  if (webhook !== undefined) all.push(e('r.webhook', '=', webhook));
  if (decisions !== undefined) all.push(e('r.decision', 'in', decisions));
  if (name !== undefined) all.push(like(sql.ref('r.name'), `*${name}*`));
  if (instance !== undefined) {
    all.push(sql<SqlBool>`r.instance in (select id from instances where name = ${instance})`);
  }
  if (check !== undefined) {
    all.push(
      sql<SqlBool>`(r.ts, r.id) in (select ts, record from findings where check_id = ${check} and ts >= ${from} and ts < ${to})`,
    );
  }
  if (image !== undefined) {
    const matches = isPattern(image) ? like(sql.ref('image'), image) : sql<SqlBool>`image = ${searchKey(image)}`;
    const which = isPattern(image) ? sql`image in (${knownImages(matches)})` : matches;
    all.push(
      sql<SqlBool>`(r.ts, r.id) in (select ts, record from record_images where ${which} and ts >= ${from} and ts < ${to})`,
    );
  }
  return e.and(all);
}

/** Whether a text stands for several. */
function isPattern(text: string): boolean {
  return text.includes('*');
}

function textCondition(e: RecordExpressions, column: TextColumn, text: string): Expression<SqlBool> {
  return isPattern(text) ? like(sql.ref(column), text) : e(column, '=', searchKey(text));
}

/** SQL's own wildcards are meant to the letter, and case does not count, in both dialects alike. */
function like(column: Expression<unknown>, pattern: string): Expression<SqlBool> {
  const escaped = pattern
    .toLowerCase()
    .replace(/[\\%_]/g, '\\$&')
    .replaceAll('*', '%');
  return sql<SqlBool>`lower(${column}) like ${escaped} escape '\\'`;
}

/** Lists the checks of which there are findings, by jumping from one to the next in the index. */
export async function knownChecks(db: Journal): Promise<readonly string[]> {
  const { rows } = await sql<{ readonly id: string | null }>`
    with recursive known(id) as (
      select (select min(check_id) from findings)
      union all
      select (select min(f.check_id) from findings as f where f.check_id > known.id) from known where known.id is not null
    )
    select id from known where id is not null`.execute(db);
  return rows.flatMap(({ id }) => id ?? []);
}

/** Jumps from one image of the index to the next: there are few of them, and many records of each. */
function knownImages(matches: Expression<SqlBool>) {
  return sql`
    with recursive known(image) as (
      select (select min(image) from record_images)
      union all
      select (select min(i.image) from record_images as i where i.image > known.image) from known where known.image is not null
    )
    select image from known where image is not null and ${matches}`;
}

/** Whether a text is matched by one of a filter's patterns, as the database does it. */
export function matchesText(text: string, pattern: string): boolean {
  if (!isPattern(pattern)) return text === pattern;
  const [head = '', ...rest] = pattern.toLowerCase().split('*');
  const lower = text.toLowerCase();
  const tail = rest.pop() ?? '';
  if (!lower.startsWith(head) || lower.length < head.length + tail.length || !lower.endsWith(tail)) return false;
  let at = head.length;
  for (const part of rest) {
    const found = lower.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at <= lower.length - tail.length;
}

/** What became of a finding, as `findingOutcome` has it, of `findings as f`. */
export const outcomeColumn = sql<FindingOutcome>`
  case when f.because not in ('profile', 'mode', 'template') then f.because
    when f.action = 'deny' and f.outcome <> 'deny' then 'would-deny'
    when f.outcome = 'ignore' then f.because
    else f.outcome end`;

/** The owner, else `resource/name`, of `records as r`. */
export const workloadColumn = sql<string | null>`coalesce(r.owner, r.resource || '/' || r.name)`;

/** A filter for each of its decisions, since an index has them one by one. */
export function byDecision(filter: RecordFilter): readonly RecordFilter[] {
  return filter.decisions?.map((decision) => ({ ...filter, decisions: [decision] })) ?? [filter];
}

/** Where records are read from. */
export function records(db: Journal) {
  return db.selectFrom('records as r');
}
