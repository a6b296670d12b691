import { type Html, html, nothing, textOf } from './markup.ts';
import { type Params, withParams } from './urls.ts';

/** The views that the menu names, in its order. */
export const menu = [
  { path: '/', name: 'Overview' },
  { path: '/decisions', name: 'Decisions' },
  { path: '/what-would-break', name: 'What would break' },
  { path: '/exemptions', name: 'Exemptions' },
  { path: '/configurations', name: 'Configurations' },
] as const;

/** One page, before it has its frame. */
export interface Sheet {
  readonly title: string;
  /** What stands under the title: one sentence. */
  readonly lead?: Html;
  /** Beside the title: links that change what is shown. */
  readonly aside?: Html;
  /** The menu's entry that it belongs to. */
  readonly within?: (typeof menu)[number]['path'];
  readonly body: Html;
}

/** What every page tells beside its own. */
export interface Frame {
  /** Who looks; undefined where nobody has to sign in. */
  readonly user: string | undefined;
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Where the same answer is JSON. */
  readonly api?: string;
}

/** The whole page. It has no script, and works without one. */
export function pageOf(sheet: Sheet, frame: Frame): string {
  return textOf(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${sheet.title} · Pratique journal</title>
<link rel="icon" href="/assets/flag.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/page.css">
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header class="bar"><div class="bar-inner">
<a class="brand" href="/"><img src="/assets/flag.svg" alt="" width="22" height="22">Pratique <span>journal</span></a>
<nav aria-label="Views"><ul class="views">!${menu.map((entry) => menuEntry(entry, sheet.within))}</ul></nav>
!${who(frame.user)}
</div></header>
<main id="content" tabindex="-1">
<div class="top"><div><h1>${sheet.title}</h1>!${sheet.lead === undefined ? nothing : html`<p>!${sheet.lead}</p>`}</div>!${sheet.aside}</div>
!${sheet.body}
</main>
<footer class="foot"><span>Pratique ${frame.version}</span><span>All times are UTC; this page is of !${time(frame.now)}.</span>!${frame.api === undefined ? nothing : html`<a href="${frame.api}">The same as JSON</a>`}</footer>
</body>
</html>
`);
}

function menuEntry({ path, name }: (typeof menu)[number], within: string | undefined): Html {
  const current = path === within ? html` aria-current="page"` : nothing;
  return html`<li><a href="${path}"!${current}>${name}</a></li>`;
}

function who(user: string | undefined): Html {
  return user === undefined ? nothing : html`<div class="who">Signed in as ${user}</div>`;
}

/** A moment, to the second. */
export function time(milliseconds: number): Html {
  const iso = new Date(milliseconds).toISOString();
  return html`<time datetime="${iso}" class="nowrap">${iso.slice(0, 10)} ${iso.slice(11, 19)}</time>`;
}

/** A moment as how long ago it was, or how far ahead it is; the moment itself is its title. */
export function ago(milliseconds: number, now: number): Html {
  const iso = new Date(milliseconds).toISOString();
  const distance = milliseconds - now;
  const words = distance > 0 ? `in ${span(distance)}` : `${span(-distance)} ago`;
  return html`<time datetime="${iso}" title="${iso}" class="nowrap">${words}</time>`;
}

const units = [
  { name: 'day', size: 86_400_000, until: Number.POSITIVE_INFINITY },
  { name: 'hour', size: 3_600_000, until: 48 },
  { name: 'minute', size: 60_000, until: 120 },
  { name: 'second', size: 1_000, until: 120 },
] as const;

/** A length of time in the largest unit that still tells it well: `3 days`, `47 hours`, `90 seconds`. */
export function span(milliseconds: number): string {
  const unit = units.findLast(({ size, until }) => milliseconds / size < until) ?? units[0];
  const amount = Math.floor(milliseconds / unit.size);
  return `${number(amount)} ${unit.name}${amount === 1 ? '' : 's'}`;
}

const grouped = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });

/** A count, with its thousands told apart. */
export function number(count: number): string {
  return grouped.format(count);
}

/** `3 decisions`, `1 decision`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${number(count)} ${count === 1 ? one : many}`;
}

/** A long name that may be broken behind its separators, and need not be broken within its words. */
export function longName(name: string): Html {
  const parts = name.split(/(?<=[:/@,._])/);
  return html`!${parts.map((part, index) => (index === 0 ? html`${part}` : html`<wbr>${part}`))}`;
}

/** The name of an object; one that is generated has its end still to come. */
export function objectName(name: string): string {
  return name.endsWith('-') ? `${name}…` : name;
}

/** A few words with the dot of a state before them. */
export function state(kind: string, words: string = kind): Html {
  return html`<span class="state ${kind}">${words}</span>`;
}

/** Links that choose one value of a parameter and keep the others. */
export function choices({
  path,
  params,
  name,
  options,
  chosen,
  label,
}: {
  readonly path: string;
  readonly params: Params;
  readonly name: string;
  readonly options: readonly { readonly value: string; readonly words: string }[];
  readonly chosen: string | undefined;
  readonly label: string;
}): Html {
  const items = options.map(({ value, words }) => {
    const current = value === chosen ? html` aria-current="true"` : nothing;
    return html`<li><a href="${withParams(path, params, { [name]: value })}"!${current}>${words}</a></li>`;
  });
  return html`<nav aria-label="${label}"><ul class="ranges">!${items}</ul></nav>`;
}
