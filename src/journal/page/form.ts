import type { ParamProblem } from './answer.ts';
import { type Html, html, nothing } from './markup.ts';
import { ranges } from './reading.ts';
import type { Params } from './urls.ts';

/** What a form needs of the address: what was given, and what is wrong with it. */
export interface FormState {
  readonly given: Params;
  readonly problems: readonly ParamProblem[];
}

/** The value of a parameter as it was given. */
export function givenValue({ given }: FormState, name: string): string {
  const value = given[name];
  return typeof value === 'string' ? value : (value?.[0] ?? '');
}

/** A line of text. `options` are suggested. */
export function textField(
  form: FormState,
  {
    name,
    words,
    hint,
    options = [],
  }: { readonly name: string; readonly words: string; readonly hint: string; readonly options?: readonly string[] },
): Html {
  const problem = problemOf(form, name);
  const list =
    options.length === 0
      ? nothing
      : html`<datalist id="list-${name}">!${options.map((one) => html`<option value="${one}"></option>`)}</datalist>`;
  const listed = options.length === 0 ? nothing : html` list="list-${name}"`;
  return html`<div class="field!${problem.mark}"><label class="field" for="field-${name}"><span>${words}</span></label><input type="text" id="field-${name}" name="${name}" value="${givenValue(form, name)}" placeholder="${hint}" autocomplete="off" spellcheck="false" maxlength="512"!${listed}!${problem.describes}>!${list}!${problem.text}</div>`;
}

/** One of several values, or none of them. */
export function selectField(
  form: FormState,
  {
    name,
    words,
    any,
    options,
  }: {
    readonly name: string;
    readonly words: string;
    readonly any?: string;
    readonly options: readonly { readonly value: string; readonly words: string }[];
  },
): Html {
  const problem = problemOf(form, name);
  const chosen = givenValue(form, name);
  const items = options.map(
    ({ value, words: own }) =>
      html`<option value="${value}"!${value === chosen ? html` selected` : nothing}>${own}</option>`,
  );
  const first = any === undefined ? nothing : html`<option value="">${any}</option>`;
  return html`<div class="field!${problem.mark}"><label class="field" for="field-${name}"><span>${words}</span></label><select id="field-${name}" name="${name}"!${problem.describes}>!${first}!${items}</select>!${problem.text}</div>`;
}

/** Any number of several values. */
export function checkboxes(
  form: FormState,
  {
    name,
    words,
    options,
  }: {
    readonly name: string;
    readonly words: string;
    readonly options: readonly { readonly value: string; readonly words: string; readonly hint?: string }[];
  },
): Html {
  const problem = problemOf(form, name);
  const given = form.given[name] ?? [];
  const items = options.map(({ value, words: own, hint }) => {
    const checked = given.includes(value) ? html` checked` : nothing;
    return html`<label title="${hint ?? ''}"><input type="checkbox" name="${name}" value="${value}"!${checked}> <span class="state ${value}">${own}</span></label>`;
  });
  return html`<fieldset class="field!${problem.mark}"><legend>${words}</legend><div class="checks">!${items}</div>!${problem.text}</fieldset>`;
}

/** How far back, or from when to when. */
export function timeFields(form: FormState, preset: string): Html {
  const isExact = givenValue(form, 'from') !== '' || givenValue(form, 'to') !== '';
  const shown: FormState = {
    ...form,
    given: { ...form.given, since: givenValue(form, 'since') || (isExact ? '' : preset) },
  };
  const options = ranges.map(({ value, words }) => ({ value, words: `Last ${words.toLowerCase()}` }));
  return html`!${selectField(shown, { name: 'since', words: 'Time', any: 'From … to …', options })}!${momentField(form, 'from', 'From (UTC)')}!${momentField(form, 'to', 'To (UTC)')}`;
}

/** A browser would not show what is no moment, and whoever typed it could not mend it: then it is a line of text. */
function momentField(form: FormState, name: string, words: string): Html {
  const problem = problemOf(form, name);
  const value = givenValue(form, name);
  const isMoment = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{3})?)?$/.test(value);
  const type = value === '' || isMoment ? 'datetime-local' : 'text';
  return html`<div class="field!${problem.mark}"><label class="field" for="field-${name}"><span>${words}</span></label><input type="${type}" id="field-${name}" name="${name}" value="${value}"!${problem.describes}>!${problem.text}</div>`;
}

function problemOf(
  { problems }: FormState,
  name: string,
): { readonly mark: Html; readonly describes: Html; readonly text: Html } {
  const own = problems.filter((problem) => problem.name === name);
  if (own.length === 0) return { mark: nothing, describes: nothing, text: nothing };
  return {
    mark: html` wrong`,
    describes: html` aria-invalid="true" aria-describedby="problem-${name}"`,
    text: html`<p class="problem" id="problem-${name}">!${own.map(({ message }) => html`${message} `)}</p>`,
  };
}

/** All problems in one place, before the form: those of unknown parameters have no field. */
export function problemsNote({ problems }: FormState): Html {
  if (problems.length === 0) return nothing;
  const items = problems.map(({ name, message }) => html`<li><code>${name}</code> ${message}</li>`);
  return html`<div class="note bad" role="alert"><p>The address asks for what there is not; nothing was looked up.</p><ul>!${items}</ul></div>`;
}
