import { type Html, html } from './html.js';

/** A table as data, for pages and for Markdown. The first column names the row. */
export interface DataTable {
  caption: string;
  heads: string[];
  /** Null where something was not measured. */
  rows: (string | null)[][];
  /** Columns that hold words: aligned to the left. */
  words?: number[];
  /** Cells that stand out, as `row,column`. */
  best?: Set<string>;
}

const missing = '–';

/** In a region of its own that scrolls sideways where a screen is too narrow; the page's script makes it sortable. */
export function tableHtml({ caption, heads, rows, words = [], best }: DataTable): Html {
  const kind = (column: number) => (column === 0 || words.includes(column) ? html` class="word"` : null);
  const head = heads.map((text, i) => html`<th scope="col"${kind(i)}>${text}</th>`);
  const body = rows.map(([name, ...cells], row) => {
    const rest = cells.map((cell, i) => {
      const text = cell ?? missing;
      return html`<td${kind(i + 1)}>${best?.has(`${row},${i + 1}`) ? html`<strong>${text}</strong>` : text}</td>`;
    });
    return html`<tr><th scope="row" class="word">${name ?? missing}</th>${rest}</tr>\n`;
  });
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table class="data">
<caption>${caption}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${body}</tbody></table></div>`;
}

export function tableMarkdown({ caption, heads, rows, words = [] }: DataTable): string {
  const line = (cells: (string | null)[]) =>
    `| ${cells.map((cell) => (cell ?? missing).replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  const rule = heads.map((_, i) => (i === 0 || words.includes(i) ? '---' : '---:'));
  return [`${caption}:\n`, line(heads), line(rule), ...rows.map(line)].join('\n');
}

/** Lines of RFC 4180, with plain numbers. */
export function csv(heads: string[], rows: unknown[][]): string {
  const cell = (value: unknown) => {
    const text = value === null || value === undefined ? '' : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [heads, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}
