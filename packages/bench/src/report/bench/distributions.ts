import * as Plot from '@observablehq/plot';
import type { BenchResult, BenchRow } from '../../measure/schema.js';
import { flatten, quantile } from '../../statistics.js';
import { ratioAxis, xAxis } from '../axes.js';
import { integer, microseconds } from '../format.js';
import { type Html, html } from '../html.js';
import { figure } from '../plot.js';
import { rowLayout, rowNames } from '../rows.js';
import type { DataTable } from '../table.js';
import { isOurs, modelNames } from './names.js';

/** Latency of one engine, in microseconds. */
interface Distribution extends BenchRow {
  q1: number | null;
  q3: number | null;
  /** Of each inference; none where no samples were kept. */
  samples: number[];
}

const bins = 90;

/** How the latencies of each model are distributed, an engine a row. */
export function latencyFigures(result: BenchResult): Html {
  const names = modelNames(result);
  const figures = [...names].map(([model, name]) => {
    const rows = result.results.filter((row) => row.model === model);
    return latencyFigure(
      name,
      rows.map((row) => distributionOf(row, result)),
    );
  });
  return html`<div class="charts">${figures}</div>`;
}

function distributionOf(row: BenchRow, { samples }: BenchResult): Distribution {
  const own = samples.find(({ model, engine }) => model === row.model && engine === row.engine);
  if (!own) return { ...row, q1: null, q3: null, samples: [] };
  const all = [...flatten(own.rounds)].map((ns) => ns / 1000);
  return { ...row, q1: quantile(all, 0.25), q3: quantile(all, 0.75), samples: all };
}

function latencyFigure(name: string, rows: Distribution[]): Html {
  const engines = rows.map(({ engine }) => engine);
  const mark = rows.some(({ trusted }) => !trusted) && ' * is not to be trusted.';
  return html`<div><h3>${name}</h3>${figure({
    label: `Distribution of the latency of ${name} in ${engines.join(', ')}`,
    caption: html`${batchNote(rows)}Median (dot, with its figure), middle half (box), 5th to 95th percentile (line); above it how often each latency occurs, as far as a little beyond the largest 95th percentile.${mark}`,
    draw: ({ narrow }) => latencyPlot(rows, narrow),
    table: latencyTable(name, rows),
  })}</div>`;
}

/** What a sample is, where it is not one inference. */
function batchNote(rows: Distribution[]): string {
  const batches = rows.filter(({ runsPerSample }) => runsPerSample > 1);
  const told = batches.map(({ engine, runsPerSample }) => `${integer(runsPerSample)} runs of ${engine}`);
  return told.length === 0
    ? ''
    : `Too short to be timed run by run: a sample is the mean of ${told.join(', ')}. `;
}

function latencyPlot(rows: Distribution[], narrow: boolean): Plot.PlotOptions {
  const engines = rows.map(({ engine }) => engine);
  const most = Math.max(...rows.map(({ p95Us }) => p95Us));
  const least = Math.min(...rows.map(({ minUs }) => minUs));
  const domain: [number, number] = [least * 0.97, most * 1.15];
  const facet = { fy: 'engine' } as const;
  const box = { ...facet, y: () => 'box' };
  return {
    ...rowLayout(engines, narrow, { narrow: 80, wide: 58 }),
    x: { ...xAxis('µs', narrow), ...ratioAxis(domain, narrow), grid: true, tickFormat: '~s' },
    y: { axis: null, domain: ['samples', 'box'], padding: 0.05 },
    marks: [
      ...rows.map((row) =>
        Plot.dot([row], { ...facet, x: 'medianUs', y: () => 'samples', render: hill(row.samples, domain) }),
      ),
      ...[false, true].flatMap((ours) =>
        boxes(
          rows.filter(({ engine }) => isOurs(engine) === ours),
          ours ? 'ours' : 'rival',
        ),
      ),
      Plot.text(rows, {
        ...box,
        x: 'p95Us',
        text: ({ medianUs, trusted }) => `${microseconds(medianUs)}${trusted ? '' : '*'}`,
        textAnchor: 'start',
        dx: 6,
        className: 'label',
      }),
      rowNames(engines, narrow),
    ],
  };
}

function boxes(rows: Distribution[], className: string): Plot.Markish[] {
  const at = { y: () => 'box', fy: 'engine' } as const;
  const known = rows.filter(({ q1 }) => q1 !== null);
  return [
    Plot.ruleY(rows, { ...at, x1: 'p5Us', x2: 'p95Us', className: `${className} span` }),
    Plot.barX(known, { ...at, x1: 'q1', x2: 'q3', inset: 5, className: `${className} box` }),
    Plot.dot(rows, { ...at, x: 'medianUs', r: 4.5, className }),
  ];
}

/** A histogram of samples as one path, standing on its row. */
function hill(samples: number[], [low, high]: number[]): Plot.RenderFunction {
  return (index, { x }, values, _dimensions, { document }) => {
    const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    path.setAttribute('class', 'hill');
    if (samples.length === 0) return path;
    const [left, right] = [Number(x!(low!)), Number(x!(high!))];
    const counts = new Array<number>(bins).fill(0);
    for (const us of samples) {
      const bin = Math.floor(((Number(x!(us)) - left) / (right - left)) * bins);
      if (us >= low! && us < high!) counts[bin]!++;
    }
    const middle = (values.y as unknown as number[])[index[0]!]!;
    const [bottom, tallest] = [middle + 12, Math.max(...counts)];
    const steps = counts.map(
      (count) => `V${(bottom - (18 * count) / tallest).toFixed(1)}h${((right - left) / bins).toFixed(2)}`,
    );
    path.setAttribute('d', `M${left.toFixed(1)} ${bottom.toFixed(1)}${steps.join('')}V${bottom.toFixed(1)}Z`);
    return path;
  };
}

function latencyTable(name: string, rows: Distribution[]): DataTable {
  return {
    caption: `Microseconds of ${name}`,
    heads: ['engine', 'median', '95 % interval', 'min', 'p5', 'p95', 'p99', 'MAD', 'runs', 'trusted'],
    rows: rows.map((row) => [
      row.engine,
      microseconds(row.medianUs),
      row.ci95Us.map(microseconds).join(' – '),
      ...[row.minUs, row.p5Us, row.p95Us, row.p99Us, row.madUs].map(microseconds),
      integer(row.runs),
      row.trusted ? 'yes' : 'no',
    ]),
    words: [9],
  };
}
