import * as Plot from '@observablehq/plot';
import { ratioAxis, xAxis, yAxis } from './axes.js';
import type { ReportStage, TrainingPoint } from './document.js';
import { decimal, integer, percent } from './format.js';
import { type Html, html } from './html.js';
import { figure, type Size } from './plot.js';
import { reconstructs } from './stage-table.js';
import type { DataTable } from './table.js';

type Stage = Pick<ReportStage, 'name' | 'steps'>;
type Measure = Exclude<keyof TrainingPoint, 'stage' | 'step'>;

interface Curve {
  measure: Measure;
  axis: string;
  caption: string;
  /** From the logged value to the axis. */
  factor: number;
}

const letterWidth = 6.8;
/** Beside the frame of a chart; at the right there is room for half of a number of steps. */
const margin = { left: 44, right: 24 };
const smooth = 'a moving average over about 20 steps';

/** Curves over the steps of all stages, one after the other: loss, and where there are any, accuracy and pruned weights. */
export function trainingFigures(points: TrainingPoint[], stages: ReportStage[]): Html {
  if (points.length === 0) return html`<p>No training figures were logged.</p>`;
  const loss = reconstructs(stages) ? 'Mean squared error' : 'Cross-entropy';
  return html`<div class="charts">${trainingCurves(points, stages, loss)}</div>`;
}

/** @param loss what the loss is called */
export function trainingCurves(points: TrainingPoint[], stages: Stage[], loss: string): Html[] {
  const curves: Curve[] = [
    {
      measure: 'loss',
      axis: 'loss',
      caption: `${loss} on training batches, ${smooth}; with soft targets (distillation) it is many times as large: compare it within a stage`,
      factor: 1,
    },
    {
      measure: 'accuracy',
      axis: 'accuracy (%)',
      caption: `Accuracy on training batches, ${smooth}`,
      factor: 1,
    },
    {
      measure: 'pruned',
      axis: 'pruned (%)',
      caption: 'Part of the weights that masks hold at 0',
      factor: 100,
    },
  ];
  const placed = place(points, stages);
  return curves
    .filter(({ measure }) => points.some((point) => point[measure] !== null))
    .map((curve) => curveFigure(curve, placed));
}

interface Placed {
  points: (TrainingPoint & { at: number })[];
  starts: { name: string; at: number }[];
  steps: number;
}

/** Steps counted over all stages. */
function place(points: TrainingPoint[], stages: Stage[]): Placed {
  let steps = 0;
  const starts = stages.map(({ name, steps: own }) => {
    const at = steps;
    steps += own;
    return { name, at, own };
  });
  const startOf = new Map(starts.map(({ name, at }) => [name, at]));
  return {
    points: points.map((point) => ({ ...point, at: (startOf.get(point.stage) ?? 0) + point.step })),
    starts: starts.filter(({ own }) => own > 0),
    steps,
  };
}

function curveFigure({ measure, axis, caption, factor }: Curve, placed: Placed): Html {
  const points = placed.points.flatMap(({ stage, step, at, [measure]: value }) =>
    value === null ? [] : [{ stage, step, at, value: value * factor }],
  );
  return figure({
    label: `${axis} over the training steps of all stages`,
    caption,
    draw: (size) => curvePlot(points, axis, placed, size),
    table: curveTable(points, axis),
  });
}

interface CurvePoint {
  stage: string;
  step: number;
  at: number;
  value: number;
}

function curvePlot(
  points: CurvePoint[],
  axis: string,
  placed: Placed,
  { narrow, width }: Size,
): Plot.PlotOptions {
  const names = named(placed, width - margin.left - margin.right);
  const rows = Math.max(0, ...names.map(({ row }) => row));
  const values = points.map(({ value }) => value);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  // Losses of stages that are distilled are several times those of others: a linear axis would flatten both.
  const scale =
    axis === 'loss' && least > 0
      ? { ...ratioAxis([0.9 * least, 1.1 * most], true), nice: false, tickFormat: '~g' }
      : {};
  // A part is seen beside none; and equal values would make an axis of millionths.
  const domain = axis === 'pruned (%)' || least === most ? { domain: [0, most > 0 ? most : 1] } : {};
  const above = { x: 'at', text: 'name', frameAnchor: 'top', className: 'name' } as const;
  return {
    height: (narrow ? 208 : 248) + 14 * rows,
    marginLeft: margin.left,
    marginRight: margin.right,
    marginTop: 40 + 14 * rows,
    marginBottom: 36,
    x: { ...xAxis('step', narrow), domain: [0, placed.steps] },
    y: { ...yAxis(axis), ...scale, ...domain },
    marks: [
      Plot.ruleX(placed.starts, { x: 'at', className: 'stage' }),
      ...names.map((name) => {
        const atEnd = name.at === placed.steps;
        return Plot.text([name], {
          ...above,
          textAnchor: atEnd ? 'end' : 'start',
          dx: atEnd ? margin.right : 3,
          dy: -14 - 14 * name.row,
        });
      }),
      Plot.line(thin(points, 400), { x: 'at', y: 'value', z: 'stage', className: 'curve' }),
      Plot.dot(alone(points), { x: 'at', y: 'value', r: 3, className: 'ours' }),
    ],
  };
}

/** Points of stages that have one only, of which a line shows nothing. */
const alone = (points: CurvePoint[]): CurvePoint[] =>
  points.filter(({ stage }, i) => points[i - 1]?.stage !== stage && points[i + 1]?.stage !== stage);

/**
 * Names in up to three rows, each above the beginning of its stage, where the one before it in its row has ended; one that would be cut off
 * at the right ends with the axis, at its last step. `width` is that of the axis.
 */
function named({ starts, steps }: Placed, width: number): { name: string; at: number; row: number }[] {
  const ends = [0, 0, 0];
  return starts.flatMap(({ name, at }) => {
    const own = name.length * letterWidth;
    const last = width + margin.right - own;
    const from = Math.min((at * width) / steps, last);
    const row = ends.findIndex((end) => end <= from);
    if (row < 0) return [];
    ends[row] = from + own + 10;
    return [{ name, at: from === last ? steps : at, row }];
  });
}

function curveTable(points: CurvePoint[], axis: string): DataTable {
  const stages = [...new Set(points.map(({ stage }) => stage))];
  const rows = stages.flatMap((stage) => {
    const own = points.filter((point) => point.stage === stage);
    return thin(own, 12).map(({ step, value }) => [stage, integer(step), decimal(value, 4)]);
  });
  return { caption: `Logged ${axis}, at most 12 steps of a stage`, heads: ['stage', 'step', axis], rows };
}

/** At most so many of the values, evenly, with the last. */
function thin<T>(values: T[], most: number): T[] {
  const every = Math.ceil(values.length / most);
  return values.filter((_, i) => (values.length - 1 - i) % every === 0);
}

/** Steps and time of each stage. */
export function timeTable(stages: ReportStage[]): DataTable {
  return {
    caption: 'Training of each stage',
    heads: ['stage', 'steps', 'seconds', 'CPU seconds', 'pruned and kept'],
    rows: stages.map(({ name, steps, seconds, cpuSeconds, zeroFraction }) => [
      name,
      integer(steps),
      decimal(seconds, 1),
      decimal(cpuSeconds, 1),
      percent(zeroFraction),
    ]),
  };
}
