import fs from 'node:fs';
import * as Plot from '@observablehq/plot';
import type { MeasuredStage } from '../pipeline/run.js';
import { figure } from './plot.js';
import { reconstructs } from './stage-table.js';

interface Point {
  stage: string;
  step: number;
  loss: number;
}

/** Loss over the steps of all stages, one after the other, from metrics.jsonl. */
export function lossFigure(file: string, stages: MeasuredStage[]): string {
  const points = readPoints(file);
  if (points.length === 0) return '<p>No training figures were logged.</p>';
  const starts = new Map<string, number>();
  let total = 0;
  for (const { name, steps } of stages) {
    starts.set(name, total);
    total += steps;
  }
  const placed = points.map((point) => ({ ...point, at: (starts.get(point.stage) ?? 0) + point.step }));
  const names = stages.filter(({ steps }) => steps > 0).map(({ name }) => ({ name, at: starts.get(name)! }));
  return figure(
    {
      width: 860,
      height: 260,
      marginTop: 28,
      x: { label: 'step' },
      y: { label: 'loss', grid: true },
      marks: [
        Plot.ruleX(names, { x: 'at', stroke: 'currentColor', strokeOpacity: 0.3 }),
        Plot.text(names, { x: 'at', text: 'name', frameAnchor: 'top', textAnchor: 'start', dx: 4, dy: -14 }),
        Plot.line(placed, { x: 'at', y: 'loss', z: 'stage', stroke: 'var(--mark)' }),
        Plot.dot(placed, { x: 'at', y: 'loss', r: 1.5, fill: 'var(--mark)' }),
      ],
    },
    'Loss over the training steps of all stages',
    `${reconstructs(stages) ? 'Mean squared error' : 'Cross-entropy'} on training batches, a moving average over about 20 steps`,
  );
}

/** Logged steps; of steps that a resumed run made again, the last. */
function readPoints(file: string): Point[] {
  if (!fs.existsSync(file)) return [];
  const byStep = new Map<string, Point>();
  for (const line of fs.readFileSync(file, 'utf8').split('\n')) {
    const point = parseLine(line);
    if (point) byStep.set(`${point.stage} ${point.step}`, point);
  }
  return [...byStep.values()].sort((a, b) => a.step - b.step);
}

/** A killed process may leave half a line; it is left out. */
function parseLine(line: string): Point | null {
  try {
    const { stage, step, loss } = JSON.parse(line) as Partial<Point>;
    return stage !== undefined && step !== undefined && loss !== undefined ? { stage, step, loss } : null;
  } catch {
    return null;
  }
}
