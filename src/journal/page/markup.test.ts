import { expect, it } from 'vitest';
import { html, nothing, textOf } from './markup.ts';

it('escapes texts, in elements and in attributes', () => {
  const text = `<b a='1' b="2">&</b>`;
  const escaped = '&#60;b a&#61;&#39;1&#39; b&#61;&#34;2&#34;&#62;&#38;&#60;/b&#62;';
  expect(textOf(html`<p title="${text}">${text}</p>`)).toBe(`<p title="${escaped}">${escaped}</p>`);
});

it('puts HTML into HTML as it is, alone, in rows, and nothing where there is none', () => {
  const item = html`<li>${'<'}</li>`;
  expect(textOf(html`<ul>!${[item, item]}</ul>!${item}!${nothing}!${undefined}${undefined}`)).toBe(
    '<ul><li>&#60;</li><li>&#60;</li></ul><li>&#60;</li>',
  );
});

it('refuses a text where a template says that there is HTML: an exclamation mark would let it through', () => {
  const name = '<script>';
  expect(() => html`Hello!${name}`).toThrow('A text stands where a template expects HTML.');
  expect(() => html`<p>!${1}</p>`).toThrow(TypeError);
});

it('refuses HTML where a template would escape it a second time', () => {
  expect(() => html`<p>${html`<b></b>`}</p>`).toThrow('HTML stands where a template expects a text.');
});

it('takes nothing for HTML that only looks like it', () => {
  const forged = JSON.parse('{"markup":"<script>"}');
  expect(textOf(html`<p>!${forged}</p>`)).not.toContain('<script>');
});
