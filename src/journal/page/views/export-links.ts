import type { QuestionName } from '../../queries/catalogue.ts';
import { type Html, html } from '../markup.ts';
import { type Params, withParams } from '../urls.ts';

/** As many rows as the API gives at once. */
const mostRows = '10000';

/** Links to the answer of a question as files to keep, as long as the API makes them. */
export function exportLinks(question: QuestionName, params: Params, isLimited = true): Html {
  const limit = isLimited ? { limit: mostRows } : {};
  const link = (format: string, words: string) =>
    html`<a href="${withParams(`/api/v1/${question}`, params, { ...limit, cursor: undefined, format, download: 'yes' })}" download>${words}</a>`;
  return html`<span>Export as !${link('csv', 'CSV')} or !${link('json', 'JSON')}</span>`;
}
