import * as Plot from '@observablehq/plot';
import type { ReportLayer, ReportStage } from './document.js';
import { decimal, integer, percent } from './format.js';
import { Html, html } from './html.js';
import { svg } from './plot.js';

const stillSeen = 3;
/** Codes to each side of 0 that an axis has at least. */
const leastShown = 8;

/** Counts of equal bins from `from` to `to`; the one that holds 0 is cut where it would leave less than a third of the height to the others. */
interface Histogram {
  from: number;
  to: number;
  counts: number[];
  zero: number;
}

export function codesOf({ codes }: ReportLayer): Histogram | null {
  if (!codes) return null;
  const most = (codes.length - 1) / 2;
  return { from: -most - 0.5, to: most + 0.5, counts: codes, zero: most };
}

/** Codes around 0 as far as there are any: few codes of a low rate would be one bar in the middle of 255. */
function cropped(bins: Histogram | null): Histogram | null {
  if (!bins) return null;
  const { counts, zero } = bins;
  const farthest = counts.reduce(
    (most, count, i) => (count > 0 ? Math.max(most, Math.abs(i - zero)) : most),
    0,
  );
  const most = Math.min(zero, Math.max(leastShown, farthest));
  return {
    from: -most - 0.5,
    to: most + 0.5,
    counts: counts.slice(zero - most, zero + most + 1),
    zero: most,
  };
}

/** Codes on a coarse grid leave bins empty, and 0 may lie on the border of two bins. */
function realsOf({ float }: ReportLayer): Histogram | null {
  if (!float) return null;
  const { min: from, max: to, counts } = float;
  return { from, to, counts, zero: Math.floor((-from / (to - from)) * counts.length + 1e-3) };
}

/** The top of the scale, and whether the zeros go beyond it. */
function scaleOf({ counts, zero }: Histogram): { top: number; cut: boolean } {
  const others = counts.reduce((most, count, i) => (i === zero ? most : Math.max(most, count)), 0);
  const zeros = counts[zero] ?? 0;
  const cut = others > 0 && zeros > stillSeen * others;
  return { top: cut ? 1.25 * others : Math.max(others, zeros), cut };
}

/** A row of histograms of one layer: real weights above, codes below, a column for each stage. */
export function layerDensities(stages: ReportStage[], name: string): Html {
  const cells = stages.map((stage) => {
    const layer = stage.layers.find((one) => one.name === name)!;
    const [reals, codes] = [realsOf(layer), cropped(codesOf(layer))];
    return html`<figure>
${reals && histogram(reals, 'weight', 'reals', `Real weights of ${name} at stage ${stage.name}`)}
${codes && histogram(codes, 'int8 code', 'codes', `int8 codes of ${name} at stage ${stage.name}`)}
<figcaption><strong>${stage.name}</strong> ${integer(layer.distinct)} codes, ${percent(layer.zeros / layer.elements)} zeros</figcaption>
</figure>\n`;
  });
  return html`<div class="figures">${cells}</div>`;
}

function histogram(bins: Histogram, axis: string, kind: string, label: string): Html {
  const { top, cut } = scaleOf(bins);
  const zeros = bins.counts[bins.zero]!;
  const options: Plot.PlotOptions = {
    width: 300,
    height: 138,
    marginLeft: 40,
    marginRight: 14,
    marginTop: 18,
    marginBottom: 38,
    x: { label: axis, labelArrow: 'none', ticks: 5, domain: [bins.from, bins.to] },
    y: { label: null, ticks: 3, grid: true, tickFormat: '~s', domain: [0, top] },
    marks: [
      outline(bins, kind),
      ...(cut ? [Plot.text([0], { x: [0], y: [top], dy: -9, text: [`${integer(zeros)} zeros ↑`] })] : []),
    ],
  };
  return svg(options, cut ? `${label}; ${zeros} are zero, their column is cut` : label);
}

/** A histogram as one path: a rectangle for each of 255 codes would make the page of a whole tree several megabytes. */
function outline(bins: Histogram, kind: string): Plot.RenderFunction {
  const { top } = scaleOf(bins);
  return (_index, { x, y }, _values, _dimensions, { document }) => {
    const [left, right, bottom] = [Number(x!(bins.from)), Number(x!(bins.to)), Number(y!(0))];
    const scale = [(right - left) / bins.counts.length, (Number(y!(top)) - bottom) / resolution];
    const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    path.setAttribute('class', kind);
    path.setAttribute(
      'transform',
      `translate(${left},${bottom}) scale(${scale.map((one) => one.toFixed(4))})`,
    );
    path.setAttribute('d', outlinePath(bins.counts, top));
    return path;
  };
}

/** Steps of height in path data. */
const resolution = 200;
const fewCodes = 64;

/** Columns one unit wide, and up to `resolution` high; few codes that are apart get columns wide enough to be seen. */
function outlinePath(counts: number[], top: number): string {
  const heights = counts.map((count) => Math.ceil((Math.min(count, top) / top) * resolution));
  const shown = [...heights.entries()].filter(([, height]) => height > 0);
  if (shown.length <= fewCodes) {
    const gaps = shown.slice(1).map(([at], i) => at - shown[i]![0]);
    const wide = Math.min(3, ...gaps);
    return shown.map(([at, height]) => `M${at + 0.5 - wide / 2} 0v${height}h${wide}v${-height}`).join('');
  }
  return `M0 0${heights.map((height, i) => `v${height - (heights[i - 1] ?? 0)}h1`).join('')}V0`;
}

/** Every layer and stage: a histogram of the codes with bits, zeros and codes in words. It is picture and table at once. */
export function densityTable(stages: ReportStage[]): Html {
  const head = stages.map(({ name }) => html`<th scope="col">${name}</th>`);
  const rows = stages[0]!.layers.map(({ name, elements }) => {
    const cells = stages.map(({ layers }) => {
      const layer = layers.find((one) => one.name === name);
      return html`<td>${layer && densityCell(layer)}</td>`;
    });
    return html`<tr><th scope="row" class="word">${name}<small>${integer(elements)}</small></th>${cells}</tr>\n`;
  });
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Density of every layer"><table class="density">
<caption>Bits of a weight, zeros · distinct codes</caption>
<thead><tr><th scope="col" class="word">layer, weights</th>${head}</tr></thead>
<tbody>
${rows}</tbody></table></div>`;
}

function densityCell(layer: ReportLayer): Html {
  const bins = codesOf(layer);
  const words = `${percent(layer.zeros / layer.elements, 0)} · ${integer(layer.distinct)}`;
  return html`${bins && sparkline(bins)}<span><strong>${decimal(layer.entropyBits, 2)}</strong> ${words}</span>`;
}

function sparkline(bins: Histogram): Html {
  const { top } = scaleOf(bins);
  const part = (zeros: boolean) => {
    const counts = bins.counts.map((count, i) => ((i === bins.zero) === zeros ? count : 0));
    return `<path class="${zeros ? 'zeros' : 'codes'}" d="${outlinePath(counts, top)}"/>`;
  };
  const box = `viewBox="0 0 ${bins.counts.length} ${resolution}" preserveAspectRatio="none"`;
  const upright = `transform="matrix(1 0 0 -1 0 ${resolution})"`;
  return new Html(
    `<svg class="spark" ${box} aria-hidden="true"><g ${upright}>${part(false)}${part(true)}</g></svg>`,
  );
}
