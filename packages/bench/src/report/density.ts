import * as Plot from '@observablehq/plot';
import type { MeasuredStage } from '../pipeline/run.js';
import { figure } from './plot.js';

const size = { width: 320, height: 170, marginLeft: 40, marginTop: 12 };

/** Two small figures for a layer at a stage: real weights before export, and codes in the file. */
export function densityFigure(stage: MeasuredStage, layer: string): string {
  const density = stage.densities.find((candidate) => candidate.layer === layer);
  if (!density) return '';
  const { float, int8 } = density;
  const width = (float.max - float.min) / float.counts.length;
  const bins = float.counts.map((count, i) => ({
    x1: float.min + i * width,
    x2: float.min + (i + 1) * width,
    count,
  }));
  const codes = int8.counts.map((count, i) => ({ code: i - 127, count })).filter(({ count }) => count > 0);
  const y = { label: null, ticks: 3, grid: true, tickFormat: 's' as const };
  const real = figure(
    {
      ...size,
      x: { label: 'weight', ticks: 4 },
      y,
      marks: [
        Plot.rectY(bins, {
          x1: 'x1',
          x2: 'x2',
          y: 'count',
          fill: 'var(--mark)',
          insetLeft: 0.2,
          insetRight: 0.2,
        }),
        Plot.ruleY([0]),
      ],
    },
    `Histogram of the real weights of ${layer} at stage ${stage.name}`,
    `${stage.name}: real weights`,
  );
  const coded = figure(
    {
      ...size,
      x: { label: 'int8 code', domain: [-128, 128], ticks: 5 },
      y,
      marks: [
        Plot.ruleX(codes, { x: 'code', y: 'count', stroke: 'var(--mark2)', strokeWidth: 1.3 }),
        Plot.ruleY([0]),
      ],
    },
    `Counts of the int8 codes of ${layer} at stage ${stage.name}`,
    `${stage.name}: ${codes.length} distinct codes in the file`,
  );
  return real + coded;
}
