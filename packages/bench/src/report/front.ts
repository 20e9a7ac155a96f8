import * as Plot from '@observablehq/plot';
import { frame, xAxis, yAxis } from './axes.js';
import type { ReportDocument, Rival } from './document.js';
import { decimal, integer, microseconds } from './format.js';
import type { Html } from './html.js';
import { pointLabels } from './labels.js';
import { figure } from './plot.js';
import type { DataTable } from './table.js';

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
  /** What is to be known of the costs of others beside ours. */
  recorded: string;
}

const bytes: Cost = {
  axis: 'packed size (kB)',
  unit: 'bytes',
  text: integer,
  scale: 1000,
  recorded: 'as recorded, packed in their own way; ours are .wfz',
};
const latency: Cost = {
  axis: 'median latency (µs)',
  unit: 'µs',
  text: microseconds,
  scale: 1,
  recorded: 'as recorded',
};

interface Costs {
  ours: (stage: Stage) => number | null;
  rival: (rival: Rival) => number | null;
}

const packed: Costs = { ours: (stage) => stage.wfzBytes, rival: (rival) => rival.bytes };
const timed: Costs = { ours: (stage) => stage.medianUs, rival: (rival) => rival.medianUs };

/** Accuracy over bytes, packed as each would ship: ours as .wfz, rivals as they were recorded. */
export function sizeFront(run: Run): Html {
  return frontFigure(candidates(run, packed), bytes, sourcesOf(run.rivals));
}

/** The numbers of `sizeFront`. */
export const sizeFrontTable = (run: Run): DataTable => frontTable(candidates(run, packed), bytes);

/** Accuracy over the time of one inference. */
export function latencyFront(run: Run): Html {
  return frontFigure(
    candidates(run, timed),
    latency,
    sourcesOf(run.rivals.filter(({ medianUs }) => medianUs !== null)),
  );
}

const sourcesOf = (rivals: Rival[]) => [...new Set(rivals.map(({ source }) => source))];

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
  const front = ourFront(found);
  const what = nameOf(cost);
  const rivals = sources.length > 0 ? ` Diamonds: ${sources.join(', ')}, ${cost.recorded}.` : '';
  return figure({
    label: `int8 top-1 over ${what} of ${found.length} files`,
    caption: `Accuracy over ${what}: up and to the left is better. The line joins stages that no other stage beats in both.${rivals}`,
    draw: ({ narrow }) => frontPlot(found, front, cost, narrow),
    table: frontTable(found, cost),
  });
}

function frontTable(found: Candidate[], cost: Cost): DataTable {
  const front = ourFront(found);
  return {
    caption: `int8 top-1 and ${nameOf(cost)}`,
    heads: ['file', 'int8 top-1 %', cost.unit, 'on our front'],
    rows: found.map((one) => [
      one.name,
      decimal(one.accuracy, 2),
      cost.text(one.cost),
      front.includes(one) ? 'yes' : 'no',
    ]),
    words: [3],
  };
}

const ourFront = (found: Candidate[]): Candidate[] => paretoFront(found.filter(({ ours }) => ours));

/** What a cost is called in a sentence. */
const nameOf = ({ axis }: Cost): string => axis.replace(/ \(.*/, '');

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
