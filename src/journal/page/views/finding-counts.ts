import type { FindingCount } from '../../queries/roll-out.ts';
import { counted, longName, number } from '../layout.ts';
import { type Html, html, nothing } from '../markup.ts';

/** Findings that are named; the others are counted. */
const shown = 4;

/** Findings with how often they were there, the most frequent first. */
export function findingCounts(findings: readonly FindingCount[]): Html {
  if (findings.length === 0) return nothing;
  const items = findings
    .slice(0, shown)
    .map(
      (one) =>
        html`<li><span class="tag">${one.check}</span> <code>!${longName(one.value)}</code>!${placeOf(one)} <span class="quiet nowrap">× ${number(one.n)}</span></li>`,
    );
  const rest = findings.length - shown;
  return html`<ul class="plain-list">!${items}!${rest <= 0 ? nothing : html`<li class="quiet">and ${counted(rest, 'more finding')}</li>`}</ul>`;
}

function placeOf({ container, volume, key }: FindingCount): Html {
  const names = [
    ...(container === null ? [] : [`container ${container}`]),
    ...(volume === null ? [] : [`volume ${volume}`]),
    ...(key === null ? [] : [`key ${key}`]),
  ];
  return names.length === 0 ? nothing : html` <span class="quiet">in ${names.join(', ')}</span>`;
}
