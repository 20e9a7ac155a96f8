import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { escapeHtml } from './html.js';

/**
 * A plot drawn on the server, as a figure with a caption. Plot names its styles at random, which would make two reports of
 * one run differ; colours come from the page's style, so that dark mode works.
 */
export function figure(options: Plot.PlotOptions, label: string, caption: string): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const svg = Plot.plot({
    ...options,
    document,
    className: 'plot',
    style: { background: 'transparent', color: 'currentColor' },
  });
  const text = svg.outerHTML.replace(/^<svg/, `<svg role="img" aria-label="${escapeHtml(label)}"`);
  return `<figure>${text}<figcaption>${escapeHtml(caption)}</figcaption></figure>`;
}
