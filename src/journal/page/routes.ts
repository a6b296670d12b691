import { questionNames } from '../queries/catalogue.ts';
import type { Answer, Question } from './answer.ts';
import { askedQuestion } from './api.ts';
import { nothing } from './markup.ts';
import { configurationsView, differenceView } from './views/configurations.ts';
import { decisionView } from './views/decision.ts';
import { decisionsView } from './views/decisions.ts';
import { exemptionsView } from './views/exemptions.ts';
import { overview, overviewJson } from './views/overview.ts';
import { whatWouldBreakView } from './views/what-would-break.ts';

type Respond = (question: Question) => Promise<Answer>;

/** One address, and who answers there. */
interface Route {
  readonly path: string;
  readonly respond: Respond;
}

/** All addresses: the pages, and the questions of the catalogue below `/api/v1`. */
export const routes: readonly Route[] = [
  page('/', overview),
  page('/decisions', decisionsView),
  { path: '/decisions/:id', respond: decisionView },
  page('/what-would-break', whatWouldBreakView),
  page('/exemptions', exemptionsView),
  page('/configurations', configurationsView),
  page('/configurations/difference', differenceView),
  { path: '/api/v1/overview', respond: overviewJson },
  ...questionNames.map((name) => ({ path: `/api/v1/${name}`, respond: askedQuestion(name) })),
];

/** A page whose forms send their empty fields along: what is shared and kept is the address without them. */
function page(path: string, respond: Respond): Route {
  return {
    path,
    async respond(question) {
      const given = [...question.params];
      const filled = given.filter(([, value]) => value !== '');
      if (filled.length === given.length) return respond(question);
      const search = new URLSearchParams(filled);
      const location = search.size === 0 ? path : `${path}?${search}`;
      return { status: 303, sheet: { title: 'See the shorter address', body: nothing }, location };
    },
  };
}
