import * as Plot from '@observablehq/plot';
import type { BenchRatio, BenchResult } from '../../measure/schema.js';
import { ratioAxis, xAxis } from '../axes.js';
import { decimal } from '../format.js';
import type { Html } from '../html.js';
import { figure } from '../plot.js';
import { rowLayout, rowNames } from '../rows.js';
import type { DataTable } from '../table.js';
import { modelNames } from './names.js';

interface Row extends BenchRatio {
  /** Of the model, and of the row. */
  short: string;
  name: string;
  low: number;
  high: number;
  /** A star where a part of it is not to be trusted. */
  mark: string;
}

/** How many times as fast ours is as each rival, with intervals, on an axis of ratios; null when nothing was compared. */
export function ratioFigure(result: BenchResult): Html | null {
  const rows = rowsOf(result);
  if (rows.length === 0) return null;
  return figure({
    label: `How many times as fast as rivals, ${rows.length} comparisons`,
    caption:
      'Times as fast as each rival, with the 99 % interval; right of the dashed line ours is faster. * is part of a measurement that is not to be trusted.',
    draw: ({ narrow }) => ratioPlot(rows, narrow),
    table: ratioTable(rows),
  });
}

function rowsOf(result: BenchResult): Row[] {
  const names = modelNames(result);
  const isTrusted = (model: string, engine: string) =>
    result.results.some((row) => row.model === model && row.engine === engine && row.trusted);
  return result.ratios.map((ratio) => {
    const { model, engine, versus, ci99 } = ratio;
    const short = names.get(model) ?? model;
    const mark = isTrusted(model, engine) && isTrusted(model, versus) ? '' : '*';
    const name = names.size > 1 ? `${short} / ${versus}` : versus;
    return { ...ratio, short, name, low: ci99[0], high: ci99[1], mark };
  });
}

function ratioPlot(rows: Row[], narrow: boolean): Plot.PlotOptions {
  const names = rows.map(({ name }) => name);
  const bounds = [...rows.flatMap(({ low, high }) => [low, high]), 1];
  const domain: [number, number] = [Math.min(...bounds) * 0.95, Math.max(...bounds) * 1.1];
  const told = ({ ratio, mark, verdict }: Row) => `${ratio.toFixed(2)}${mark}${narrow ? '' : ` ${verdict}`}`;
  const at = { y: () => 0, fy: 'name' } as const;
  return {
    ...rowLayout(names, narrow, { narrow: 44, wide: 30 }),
    marginRight: narrow ? 70 : 150,
    x: { ...xAxis('times as fast', narrow), ...ratioAxis(domain, narrow), grid: true, tickFormat: '~g' },
    y: { axis: null, domain: [-1, 1] },
    marks: [
      Plot.ruleX([1], { className: 'limit' }),
      Plot.ruleY(rows, { ...at, x1: 'low', x2: 'high', className: 'ours span' }),
      Plot.dot(rows, { ...at, x: 'ratio', r: 4.5, className: 'ours' }),
      Plot.text(rows, { ...at, x: 'high', text: told, textAnchor: 'start', dx: 7, className: 'label' }),
      rowNames(names, narrow),
    ],
  };
}

function ratioTable(rows: Row[]): DataTable {
  return {
    caption: 'Times as fast',
    heads: ['model', 'engine', 'versus', 'times as fast', '95 % interval', '99 % interval', 'verdict'],
    rows: rows.map(({ short, engine, versus, ratio, mark, ci95, ci99, verdict }) => [
      short,
      engine,
      versus,
      `${decimal(ratio, 3)}${mark}`,
      interval(ci95),
      interval(ci99),
      verdict,
    ]),
    words: [1, 2, 6],
  };
}

const interval = (bounds: readonly number[]) => bounds.map((bound) => bound.toFixed(3)).join(' – ');
