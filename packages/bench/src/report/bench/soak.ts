import * as Plot from '@observablehq/plot';
import type { BenchResult, Soak } from '../../measure/schema.js';
import { xAxis, yAxis } from '../axes.js';
import { decimal, integer } from '../format.js';
import { type Html, html } from '../html.js';
import { figure } from '../plot.js';
import { modelNames } from './names.js';

/** Latency over a long run; null when there was none. */
export function soakFigures(result: BenchResult): Html | null {
  const soaks = result.soak ?? [];
  if (soaks.length === 0) return null;
  const names = modelNames(result);
  return html`<div class="charts">${soaks.map((soak) => soakFigure(names.get(soak.model) ?? soak.model, soak))}</div>`;
}

function soakFigure(name: string, { engine, seconds, windows, drift }: Soak): Html {
  const line = (key: 'medianUs' | 'p95Us', className: string, text: string) => [
    Plot.line(windows, { x: 'seconds', y: key, className }),
    Plot.text(windows.slice(-1), {
      x: 'seconds',
      y: key,
      text: [text],
      textAnchor: 'start',
      dx: 6,
      className: 'label',
    }),
  ];
  const draw = ({ narrow }: { narrow: boolean }): Plot.PlotOptions => ({
    height: narrow ? 220 : 260,
    marginLeft: 48,
    marginRight: 60,
    marginTop: 24,
    marginBottom: 38,
    x: { ...xAxis('seconds', narrow) },
    y: yAxis('µs'),
    marks: [...line('p95Us', 'front', 'p95'), ...line('medianUs', 'curve', 'median')],
  });
  return figure({
    label: `Latency of ${name} in ${engine} over ${seconds} s`,
    caption: `${name} in ${engine} for ${seconds} s: the last tenth has ${decimal(drift, 3)} times the median of the first.`,
    draw,
    table: {
      caption: `Windows of the soak of ${name}`,
      heads: ['seconds', 'runs', 'median µs', 'p95 µs', 'p99 µs', 'most µs', 'MHz', '°C', 'RSS bytes'],
      rows: windows.map((one) => [
        decimal(one.seconds, 1),
        integer(one.runs),
        ...[one.medianUs, one.p95Us, one.p99Us, one.maxUs].map((us) => decimal(us, 1)),
        integer(one.frequencyMHz),
        decimal(one.temperatureC, 1),
        integer(one.rssBytes),
      ]),
    },
  });
}
