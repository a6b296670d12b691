import { choices, time as timeOf } from '../layout.ts';
import { type Html, html } from '../markup.ts';
import { type ChosenTime, ranges } from '../reading.ts';
import type { Params } from '../urls.ts';

/** From when to when, as the sentence under a title. */
export function leadOf(time: ChosenTime): Html {
  return html`!${timeOf(time.from)} to !${timeOf(time.to)}`;
}

/** Links that choose how far back to look; counts are of whole hours, and so leave the last hour out. */
export function rangeLinks(path: string, time: ChosenTime, params: Params, isCounted = false): Html {
  const others = { ...params, from: undefined, to: undefined, cursor: undefined };
  const options = isCounted ? ranges.slice(1) : ranges;
  return choices({ path, params: others, name: 'since', options, chosen: time.since, label: 'How far back' });
}

/** The time of a page, for the links that it has to others. */
export function timeParams({ since, from, to }: ChosenTime): Params {
  const minute = (moment: number) => new Date(moment).toISOString().slice(0, 16);
  return since === undefined ? { from: minute(from), to: minute(to) } : { since };
}
