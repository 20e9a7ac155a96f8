import * as Plot from '@observablehq/plot';
import { frame, xAxis, yAxis } from './axes.js';
import type { ReportDocument, Rival } from './document.js';
import { decimal, integer, microseconds } from './format.js';
import type { Html } from './html.js';
import { pointLabels } from './labels.js';
import { figure } from './plot.js';

/** A file beside others: what it costs, and what it is worth in percent. */
interface Candidate {
  name: string;
  ours: boolean;
  accuracy: number;
  cost: number;
}

type Run = Pick<ReportDocument, 'stages' | 'rivals'>;
type Stage = Run['stages'][number];

/** What a front costs: how it is called, and written. */
interface Cost {
  axis: string;
  unit: string;
  text: (cost: number) => string | null;
  /** Costs of one unit of the axis. */
  scale: number;
}

const bytes: Cost = { axis: 'packed size (kB)', unit: 'bytes', text: integer, scale: 1000 };
const latency: Cost = { axis: 'median latency (µs)', unit: 'µs', text: microseconds, scale: 1 };

/** Accuracy over bytes, packed as each would ship: ours as .wfz, rivals as they were recorded. */
export function sizeFront(run: Run): Html {
  const costs = { ours: (stage: Stage) => stage.wfzBytes, rival: (rival: Rival) => rival.bytes };
  return frontFigure(candidates(run, costs), bytes, sourcesOf(run.rivals));
}

/** Accuracy over the time of one inference. */
export function latencyFront(run: Run): Html {
  const costs = { ours: (stage: Stage) => stage.medianUs, rival: (rival: Rival) => rival.medianUs };
  return frontFigure(
    candidates(run, costs),
    latency,
    sourcesOf(run.rivals.filter(({ medianUs }) => medianUs !== null)),
  );
}

const sourcesOf = (rivals: Rival[]) => [...new Set(rivals.map(({ source }) => source))];

interface Costs {
  ours: (stage: Stage) => number;
  rival: (rival: Rival) => number | null;
}

function candidates({ stages, rivals }: Run, costs: Costs): Candidate[] {
  const ours = stages.map((stage) => ({
    name: stage.name,
    ours: true,
    accuracy: stage.accuracyInt8,
    cost: costs.ours(stage),
  }));
  const theirs = rivals.map((rival) => ({
    name: `${rival.source.split(' ')[0]} ${rival.name}`,
    ours: false,
    accuracy: rival.accuracyInt8,
    cost: costs.rival(rival),
  }));
  return [...ours, ...theirs].filter((one): one is Candidate => one.accuracy !== null && one.cost !== null);
}

/** Those that no other beats in both, from the cheapest. */
export function paretoFront<T extends { accuracy: number; cost: number }>(all: readonly T[]): T[] {
  const byCost = [...all].sort((a, b) => a.cost - b.cost || b.accuracy - a.accuracy);
  let best = -Infinity;
  return byCost.filter(({ accuracy }) => {
    if (accuracy <= best) return false;
    best = accuracy;
    return true;
  });
}

function frontFigure(found: Candidate[], cost: Cost, sources: string[]): Html {
  const front = paretoFront(found.filter(({ ours }) => ours));
  const what = cost.axis.replace(/ \(.*/, '');
  const rivals = sources.length > 0 ? ` Diamonds: ${sources.join(', ')}, as recorded.` : '';
  return figure({
    label: `int8 top-1 over ${what} of ${found.length} files`,
    caption: `Accuracy over ${what}: up and to the left is better. The line joins stages that no other stage beats in both.${rivals}`,
    draw: ({ narrow }) => frontPlot(found, front, cost, narrow),
    table: {
      caption: `int8 top-1 and ${what}`,
      heads: ['file', 'int8 top-1 %', cost.unit, 'on our front'],
      rows: found.map((one) => [
        one.name,
        decimal(one.accuracy, 2),
        cost.text(one.cost),
        front.includes(one) ? 'yes' : 'no',
      ]),
      words: [3],
    },
  });
}

function frontPlot(
  found: Candidate[],
  front: Candidate[],
  { axis, unit, text, scale }: Cost,
  narrow: boolean,
): Plot.PlotOptions {
  const x = (one: Candidate) => one.cost / scale;
  const title = (one: Candidate) => `${one.name}: ${decimal(one.accuracy, 2)} %, ${text(one.cost)} ${unit}`;
  const dots = (ours: boolean, options: Plot.DotOptions) =>
    Plot.dot(
      found.filter((one) => one.ours === ours),
      { x, y: 'accuracy', title, ...options },
    );
  return {
    ...frame(narrow),
    x: { ...xAxis(axis, narrow), nice: true, grid: true },
    y: { ...yAxis('int8 top-1 (%)'), inset: 12 },
    marks: [
      Plot.line(front, { x, y: 'accuracy', curve: 'step-after', className: 'front' }),
      dots(false, { r: 4.5, symbol: 'diamond', className: 'rival' }),
      dots(true, { r: 5, className: 'ours' }),
      pointLabels(found, { x, y: ({ accuracy }) => accuracy, text: ({ name }) => name }),
    ],
  };
}
