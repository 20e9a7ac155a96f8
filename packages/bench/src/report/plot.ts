import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { Html, html } from './html.js';
import { type DataTable, tableHtml } from './table.js';

/** A chart in the two sizes that a page needs: letters stay readable, whatever the width of the screen. */
export interface Size {
  width: number;
  narrow: boolean;
}

const sizes: Size[] = [
  { width: 640, narrow: false },
  { width: 358, narrow: true },
];

export interface Chart {
  /** What it shows, for those who cannot see it. */
  label: string;
  caption: string | Html;
  draw: (size: Size) => Plot.PlotOptions;
  /** The same numbers. */
  table: DataTable;
}

/** A chart with its caption and its numbers; the style shows the size that fits. */
export function figure({ label, caption, draw, table }: Chart): Html {
  const drawn = sizes.map((size) => {
    const options = { width: size.width, ...draw(size) };
    return html`<div class="${size.narrow ? 'narrow' : 'wide'}">${svg(options, label)}</div>`;
  });
  return html`<figure class="chart">${drawn}<figcaption>${caption}</figcaption>
<details><summary>The numbers</summary>${tableHtml(table)}</details></figure>`;
}

/**
 * A plot drawn on the server. Plot names its styles at random, which would make two reports of one run differ; colours come
 * from the page's style, so that dark mode works.
 */
export function svg(options: Plot.PlotOptions, label: string): Html {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const drawn = Plot.plot({ ...options, document, className: 'plot', style: { overflow: 'visible' } });
  drawn.querySelector('style')?.remove();
  drawn.removeAttribute('style');
  // The picture has one name. Plot names its parts for the style sheet of a reader, which a group must not have.
  for (const part of drawn.querySelectorAll('[aria-label], [aria-description]')) {
    part.setAttribute('data-part', part.getAttribute('aria-label') ?? '');
    part.removeAttribute('aria-label');
    part.removeAttribute('aria-description');
  }
  const named = html`<svg role="img" aria-label="${label}"`.text; // linkedom leaves < and > in attributes
  return new Html(drawn.outerHTML.replace(/^<svg/, () => named));
}
