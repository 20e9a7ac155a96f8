import * as Plot from '@observablehq/plot';
import { xAxis } from './axes.js';
import type { ReportStage } from './document.js';
import type { Html } from './html.js';
import { figure } from './plot.js';
import { rowLayout, rowNames } from './rows.js';
import { latencyTable } from './stages.js';

/** Median and p95 of an inference of each stage, ours and LiteRT's. */
export function latencyFigure(stages: ReportStage[]): Html {
  const all = stages.flatMap(({ name, medianUs, p95Us, litertMedianUs, litertP95Us }) => [
    { stage: name, engine: 'weightfold', median: medianUs, p95: p95Us },
    { stage: name, engine: 'LiteRT', median: litertMedianUs, p95: litertP95Us },
  ]);
  const times = all.filter(({ median, p95 }) => median !== null && p95 !== null);
  const engines = [...new Set(times.map(({ engine }) => engine))];
  const marks = engines.flatMap((engine) => {
    const own = times.filter((time) => time.engine === engine);
    const className = engine === 'LiteRT' ? 'rival' : 'ours';
    return [
      Plot.ruleY(own, { x1: 'median', x2: 'p95', y: 'engine', fy: 'stage', className: `${className} span` }),
      Plot.dot(own, { x: 'median', y: 'engine', fy: 'stage', r: 4.5, className }),
      Plot.text(own.slice(0, 1), {
        x: 'p95',
        y: 'engine',
        fy: 'stage',
        text: 'engine',
        textAnchor: 'start',
        dx: 6,
        className: 'label',
      }),
    ];
  });
  const names = stages.map(({ name }) => name);
  const draw = ({ narrow }: { narrow: boolean }): Plot.PlotOptions => ({
    ...rowLayout(names, narrow, { narrow: 46, wide: 34 }),
    x: { ...xAxis('µs', narrow), zero: true, grid: true },
    y: { axis: null, domain: engines, padding: 0.2 },
    marks: [...marks, rowNames(names, narrow)],
  });
  return figure({
    label: 'Median and 95th percentile of an inference at each stage',
    caption:
      'Median (dot) to 95th percentile (line) of single inferences on one thread, measured in alternation.',
    draw,
    table: latencyTable(stages),
  });
}
