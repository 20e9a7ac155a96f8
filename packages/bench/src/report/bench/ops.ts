import * as Plot from '@observablehq/plot';
import type { BenchProfile, BenchResult } from '../../measure/schema.js';
import { xAxis } from '../axes.js';
import { decimal, integer, percent } from '../format.js';
import { type Html, html } from '../html.js';
import { figure } from '../plot.js';
import { rowLayout, rowNames } from '../rows.js';
import { modelNames } from './names.js';

/** What each op of each model takes, in the order in which they run; null when nothing was profiled. */
export function opFigures(result: BenchResult): Html | null {
  const profiles = result.profiles ?? [];
  if (profiles.length === 0) return null;
  const names = modelNames(result);
  return html`<div class="charts">${profiles.map((profile) => opFigure(names.get(profile.model) ?? profile.model, profile))}</div>`;
}

function opFigure(name: string, { ops, totalUs, runs, threads, memory }: BenchProfile): Html {
  const rows = ops.map((op, i) => ({
    ...op,
    row: `${i + 1} ${op.operator}`,
    told: `${decimal(op.us, 1)} · ${percent(op.share, 0)}`,
  }));
  const longest = Math.max(...rows.map(({ told }) => told.length));
  const names = rows.map(({ row }) => row);
  const draw = ({ narrow }: { narrow: boolean }): Plot.PlotOptions => ({
    ...rowLayout(names, narrow, { narrow: 34, wide: 20 }),
    marginRight: 12 + 7 * longest,
    fy: { axis: null, domain: names, padding: narrow ? 0.55 : 0.25 },
    x: { ...xAxis('µs', narrow), grid: true, zero: true },
    y: { axis: null },
    marks: [
      Plot.barX(rows, { x: 'us', y: () => '', fy: 'row', className: 'ours' }),
      Plot.text(rows, {
        x: 'us',
        y: () => '',
        fy: 'row',
        text: 'told',
        textAnchor: 'start',
        dx: 5,
        className: 'value',
      }),
      rowNames(names, narrow),
    ],
  });
  const on = threads === 1 ? 'one thread' : `${threads} threads`;
  return html`<div><h3>${name}</h3>${figure({
    label: `Microseconds of each op of ${name}`,
    caption: `Ops in the order in which they run: ${decimal(totalUs, 1)} µs in all on ${on}, medians of ${runs} runs. ${memoryText(memory)}`,
    draw,
    table: {
      caption: `Ops of ${name}`,
      heads: ['#', 'operator', 'runs as', 'kernel', 'output', 'µs', 'share', 'MACs', 'GMAC/s'],
      rows: ops.map(({ source, operator, kind, kernel, output, us, share, macs }) => [
        String(source),
        operator,
        kind,
        kernel,
        output.split(';')[0]!,
        decimal(us, 2),
        percent(share),
        integer(macs),
        macs > 0 && us > 0 ? decimal(macs / us / 1000, 1) : null,
      ]),
      words: [1, 2, 3, 4],
    },
  })}</div>`;
}

function memoryText({ arena, live, state, scratch, packed }: BenchProfile['memory']): string {
  const kept = state > 0 ? `, ${integer(state)} bytes of state` : '';
  return `Activations need ${integer(arena)} bytes (${integer(live)} at once)${kept}, scratch ${integer(scratch)}, packed weights ${integer(packed)}.`;
}
