import * as Plot from '@observablehq/plot';
import type { BenchResult } from '../../measure/schema.js';
import { decimal, logTicks } from '../format.js';
import type { Html } from '../html.js';
import { figure } from '../plot.js';
import { rowLayout, rowNames } from '../rows.js';
import { modelNames } from './names.js';

/** How many times as fast ours is as each rival, with intervals, on an axis of ratios; null when nothing was compared. */
export function ratioFigure(result: BenchResult): Html | null {
  const { ratios, results } = result;
  if (ratios.length === 0) return null;
  const short = modelNames(result);
  const trusted = new Set(
    results.filter((row) => row.trusted).map(({ model, engine }) => `${model} ${engine}`),
  );
  const rows = ratios.map((ratio) => {
    const isTrusted = [ratio.engine, ratio.versus].every((engine) => trusted.has(`${ratio.model} ${engine}`));
    const name = short.size > 1 ? `${short.get(ratio.model)} / ${ratio.versus}` : ratio.versus;
    const [low, high] = ratio.ci99 ?? ratio.ci95;
    return { ...ratio, name, low, high, mark: isTrusted ? '' : '*', verdict: ratio.verdict ?? null };
  });
  const names = rows.map(({ name }) => name);
  const bounds = [...rows.flatMap(({ low, high }) => [low, high]), 1];
  const domain: [number, number] = [Math.min(...bounds) * 0.95, Math.max(...bounds) * 1.1];
  const draw = ({ narrow }: { narrow: boolean }): Plot.PlotOptions => ({
    ...rowLayout(names, narrow, { narrow: 44, wide: 30 }),
    marginRight: narrow ? 70 : 150,
    x: {
      type: 'log',
      label: 'times as fast',
      labelArrow: 'none',
      labelAnchor: 'right',
      domain,
      grid: true,
      ticks: logTicks(domain, narrow ? 6 : 12),
      tickFormat: '~g',
    },
    marks: [
      Plot.ruleX([1], { className: 'limit' }),
      Plot.link(rows, {
        x1: 'low',
        x2: 'high',
        y1: () => 0,
        y2: () => 0,
        fy: 'name',
        className: 'ours span',
      }),
      Plot.dot(rows, { x: 'ratio', y: () => 0, fy: 'name', r: 4.5, className: 'ours' }),
      Plot.text(rows, {
        x: 'high',
        y: () => 0,
        fy: 'name',
        text: ({ ratio, mark, verdict }) =>
          `${ratio.toFixed(2)}${mark}${narrow || !verdict ? '' : ` ${verdict}`}`,
        textAnchor: 'start',
        dx: 7,
        className: 'label',
      }),
      rowNames(names, narrow),
    ],
    y: { axis: null, domain: [-1, 1] },
  });
  return figure({
    label: `How many times as fast as rivals, ${rows.length} comparisons`,
    caption:
      'Times as fast as each rival, with the 99 % interval; right of the dashed line ours is faster. * is part of a measurement that is not to be trusted.',
    draw,
    table: {
      caption: 'Times as fast',
      heads: ['model', 'engine', 'versus', 'times as fast', '95 % interval', '99 % interval', 'verdict'],
      rows: rows.map(({ model, engine, versus, ratio, ci95, ci99, verdict, mark }) => [
        short.get(model) ?? model,
        engine,
        versus,
        `${decimal(ratio, 3)}${mark}`,
        interval(ci95),
        ci99 ? interval(ci99) : null,
        verdict,
      ]),
      words: [1, 2, 6],
    },
  });
}

const interval = (bounds: readonly number[]) => bounds.map((bound) => bound.toFixed(3)).join(' – ');
