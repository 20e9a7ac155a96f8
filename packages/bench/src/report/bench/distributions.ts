import * as Plot from '@observablehq/plot';
import type { BenchResult, BenchRow } from '../../measure/schema.js';
import { flatten, quantile } from '../../statistics.js';
import { logTicks, microseconds } from '../format.js';
import { type Html, html } from '../html.js';
import { figure } from '../plot.js';
import { rowLayout, rowNames } from '../rows.js';
import type { DataTable } from '../table.js';
import { isOurs, modelNames } from './names.js';

/** Latency of one engine, in microseconds. */
interface Distribution extends BenchRow {
  q1: number | null;
  q3: number | null;
  /** Inferences that are drawn; none where no samples were kept. */
  shown: number[];
}

/** Where the slowest engine takes so many times as long as the fastest, the axis is logarithmic. */
const farApart = 8;
/** Inferences drawn at most, evenly over the run. */
const mostShown = 400;
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
  const own = (samples ?? []).find(({ model, engine }) => model === row.model && engine === row.engine);
  if (!own) return { ...row, q1: null, q3: null, shown: [] };
  const all = [...flatten(own.rounds)].map((ns) => ns / 1000);
  const every = Math.ceil(all.length / mostShown);
  return {
    ...row,
    q1: quantile(all, 0.25),
    q3: quantile(all, 0.75),
    shown: all.filter((_, i) => i % every === 0),
  };
}

function latencyFigure(name: string, rows: Distribution[]): Html {
  const engines = rows.map(({ engine }) => engine);
  const most = Math.max(...rows.map(({ p99Us, p95Us }) => p99Us ?? p95Us));
  const least = Math.min(...rows.map(({ minUs, medianUs }) => minUs ?? medianUs));
  const isWide = most > farApart * least;
  const domain: [number, number] = [least * 0.97, most * 1.03];
  const of = (ours: boolean) => rows.filter(({ engine }) => isOurs(engine) === ours);
  const side = (ours: boolean) => {
    const className = ours ? 'ours' : 'rival';
    return [
      Plot.ruleY(of(ours), {
        x1: 'p5Us',
        x2: 'p95Us',
        y: () => 'box',
        fy: 'engine',
        className: `${className} span`,
      }),
      Plot.barX(
        of(ours).filter(({ q1 }) => q1 !== null),
        { x1: 'q1', x2: 'q3', y: () => 'box', fy: 'engine', inset: 5, className: `${className} box` },
      ),
      Plot.dot(of(ours), { x: 'medianUs', y: () => 'box', fy: 'engine', r: 4.5, className }),
    ];
  };
  const draw = ({ narrow }: { narrow: boolean }): Plot.PlotOptions => ({
    ...rowLayout(engines, narrow, { narrow: 80, wide: 58 }),
    x: {
      label: 'µs',
      labelArrow: 'none',
      labelAnchor: 'right',
      domain,
      grid: true,
      ticks: narrow ? 4 : 8,
      ...(isWide ? { type: 'log', tickFormat: '~s', ticks: logTicks(domain, narrow ? 7 : 14) } : {}),
    },
    y: { axis: null, domain: ['samples', 'box'], padding: 0.05 },
    marks: [
      ...rows.map((row) =>
        Plot.dot([row], { x: 'medianUs', y: () => 'samples', fy: 'engine', render: hill(row.shown, domain) }),
      ),
      ...side(false),
      ...side(true),
      Plot.text(rows, {
        x: 'p95Us',
        y: () => 'box',
        fy: 'engine',
        text: ({ medianUs, trusted }) => `${microseconds(medianUs)}${trusted ? '' : '*'}`,
        textAnchor: 'start',
        dx: 6,
        className: 'label',
      }),
      rowNames(engines, narrow),
    ],
  });
  return html`<div><h3>${name}</h3>${figure({
    label: `Distribution of the latency of ${name} in ${engines.join(', ')}`,
    caption: html`Median (dot, with its figure), middle half (box), 5th to 95th percentile (line); above it how often each latency occurs, up to the largest 99th percentile.${rows.some(({ trusted }) => !trusted) && ' * is not to be trusted.'}`,
    draw,
    table: latencyTable(name, rows),
  })}</div>`;
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
      row.runs?.toLocaleString('en') ?? null,
      row.trusted ? 'yes' : 'no',
    ]),
    words: [9],
  };
}
