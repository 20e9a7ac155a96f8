import * as Plot from '@observablehq/plot';
import type { MeasuredStage } from '../pipeline/run.js';
import { figure } from './plot.js';

const size = { width: 320, height: 180, marginLeft: 40, marginTop: 18 };

interface Bar {
  from: number;
  to: number;
  count: number;
}

/** Histogram of a layer's real weights at a stage, before export. Empty when the stage has no such layer. */
export function realDensity(stage: MeasuredStage, layer: string): string {
  const density = stage.densities.find((candidate) => candidate.layer === layer)?.float;
  if (!density) return '';
  const width = (density.max - density.min) / density.counts.length;
  const bars = density.counts.map((count, i) => {
    const from = density.min + i * width;
    return { from, to: from + width, count };
  });
  // Codes on a coarse grid leave bins empty, and 0 may lie on the border of two bins.
  const zero = bars.findIndex(({ from, to }) => from <= width / 1e3 && width / 1e3 < to);
  const label = `Histogram of the real weights of ${layer} at stage ${stage.name}`;
  return histogram(bars, zero, 'weight', 'var(--mark)', label, `${stage.name}: real weights`);
}

/** Counts of the int8 codes of a layer in the file of a stage. */
export function codeDensity(stage: MeasuredStage, layer: string): string {
  const density = stage.densities.find((candidate) => candidate.layer === layer)?.int8;
  if (!density) return '';
  const first = -(density.counts.length - 1) / 2;
  const bars = density.counts.map((count, i) => ({ from: first + i - 0.5, to: first + i + 0.5, count }));
  const distinct = bars.filter(({ count }) => count > 0).length;
  const label = `Counts of the int8 codes of ${layer} at stage ${stage.name}`;
  const caption = `${stage.name}: ${distinct} distinct codes in the file`;
  return histogram(bars, -first, 'int8 code', 'var(--mark2)', label, caption);
}

/** Bars from 0; the one at `zero` is cut where it would leave less than a third of the height to the others. */
function histogram(
  bars: Bar[],
  zero: number,
  axis: string,
  fill: string,
  label: string,
  caption: string,
): string {
  const others = bars.reduce((most, { count }, i) => (i === zero ? most : Math.max(most, count)), 0);
  const peak = bars[zero];
  const cut = peak !== undefined && others > 0 && peak.count > 3 * others;
  const top = cut ? 1.25 * others : Math.max(others, peak?.count ?? 0);
  const shown = bars
    .map((bar) => ({ ...bar, count: Math.min(bar.count, top) }))
    .filter(({ count }) => count > 0);
  const inset = shown.length <= 64 ? -0.6 : 0.1; // few bars must be seen, many be told apart
  const options = { x1: 'from', x2: 'to', y: 'count', fill, insetLeft: inset, insetRight: inset } as const;
  const marks = [Plot.rectY(shown, options), Plot.ruleY([0])];
  if (cut) {
    const text = `${peak.count.toLocaleString('en')} zeros ↑`;
    marks.push(Plot.text([text], { x: [0], y: [top], dy: -8, text: [text], fill: 'currentColor' }));
  }
  return figure(
    {
      ...size,
      x: { label: axis, ticks: 5, domain: [bars[0]!.from, bars.at(-1)!.to] },
      y: { label: null, ticks: 3, grid: true, tickFormat: 's', domain: [0, top] },
      marks,
    },
    cut ? `${label}; ${peak.count} are zero, their column is cut` : label,
    caption,
  );
}
