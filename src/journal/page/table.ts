import { type Html, html, nothing } from './markup.ts';

/** A column of a table. */
export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => Html;
  /**
   * `number`: to the right; `when`: never broken; `name`: wide enough for a name; `state-cell`: beside the moment on a
   * phone; `share-cell`: left out on a phone where the table is narrow.
   */
  readonly kind?: 'number' | 'when' | 'name' | 'state-cell' | 'share-cell';
}

/**
 * A table that on a phone becomes a card a row, with the column's title beside each cell.
 *
 * The roles say what the elements are anyway: some browsers forget it once they are no longer laid out as a table.
 */
export function table<Row>({
  caption,
  columns,
  rows,
  isNarrow = false,
}: {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  /** It fits on a phone as it is. */
  readonly isNarrow?: boolean;
}): Html {
  const heads = columns.map(
    ({ title, kind }) => html`<th role="columnheader" scope="col"!${classOf(kind)}>${title}</th>`,
  );
  const lines = rows.map((row) => html`<tr role="row">!${columns.map((column) => cellOf(column, row))}</tr>`);
  return html`<div class="scroll"><table role="table" class="${isNarrow ? 'narrow' : 'cards'}"><caption class="unseen">${caption}</caption>
<thead role="rowgroup"><tr role="row">!${heads}</tr></thead>
<tbody role="rowgroup">!${lines}</tbody></table></div>`;
}

function cellOf<Row>({ title, cell, kind }: Column<Row>, row: Row): Html {
  return html`<td role="cell" data-label="${title}"!${classOf(kind)}><span>!${cell(row)}</span></td>`;
}

function classOf(kind: string | undefined): Html {
  return kind === undefined ? nothing : html` class="${kind}"`;
}
