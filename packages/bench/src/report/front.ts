import * as Plot from '@observablehq/plot';
import type { ReportDocument } from './document.js';
import { decimal, integer } from './format.js';
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

/** Accuracy over bytes, packed as each would ship: ours as .wfz, rivals as they were recorded. */
export function sizeFront(run: Run): Html {
  const found = candidates(run, {
    ours: ({ wfzBytes }) => wfzBytes,
    rival: ({ bytes }) => bytes,
  });
  return frontFigure(found, 'packed size (kB)', 'kB', (cost) => integer(cost), 1000);
}

/** Accuracy over the time of one inference. */
export function latencyFront(run: Run): Html {
  const found = candidates(run, {
    ours: (stage) => stage.medianUs,
    rival: ({ medianUs }) => medianUs,
  });
  return frontFigure(found, 'median latency (µs)', 'µs', (cost) => decimal(cost, 1), 1);
}

interface Costs {
  ours: (stage: Run['stages'][number]) => number;
  rival: (rival: Run['rivals'][number]) => number | null;
}

function candidates({ stages, rivals }: Run, costs: Costs): Candidate[] {
  const ours = stages.map((stage) => ({
    name: stage.name,
    ours: true,
    accuracy: stage.accuracyInt8,
    cost: costs.ours(stage),
  }));
  const theirs = rivals.map((rival) => ({
    name: `${rival.source} ${rival.name}`,
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

function frontFigure(
  found: Candidate[],
  axis: string,
  unit: string,
  text: (cost: number) => string | null,
  scale: number,
): Html {
  const front = paretoFront(found.filter(({ ours }) => ours));
  const at = (one: Candidate) => one.cost / scale;
  const title = (one: Candidate) =>
    `${one.name}: ${decimal(one.accuracy, 2)} %, ${text(one.cost)} ${unit === 'kB' ? 'bytes' : unit}`;
  const draw = ({ narrow }: { narrow: boolean }): Plot.PlotOptions => ({
    height: narrow ? 300 : 360,
    marginLeft: 44,
    marginRight: narrow ? 24 : 60,
    marginTop: 26,
    marginBottom: 40,
    x: {
      label: axis,
      labelArrow: 'none',
      labelAnchor: 'right',
      ticks: narrow ? 4 : 8,
      nice: true,
      grid: true,
    },
    y: { label: 'int8 top-1 (%)', labelArrow: 'none', ticks: 5, nice: true, grid: true, inset: 12 },
    marks: [
      Plot.line(front, { x: at, y: 'accuracy', curve: 'step-after', className: 'front' }),
      Plot.dot(
        found.filter(({ ours }) => !ours),
        { x: at, y: 'accuracy', title, r: 4.5, symbol: 'diamond', className: 'rival' },
      ),
      Plot.dot(
        found.filter(({ ours }) => ours),
        { x: at, y: 'accuracy', title, r: 5, className: 'ours' },
      ),
      pointLabels(found, { x: at, y: ({ accuracy }) => accuracy, text: ({ name }) => name }),
    ],
  });
  const table: DataTable = {
    caption: `int8 top-1 and ${axis.replace(/ \(.*/, '')}`,
    heads: ['file', 'int8 top-1 %', unit === 'kB' ? 'bytes' : unit, 'on our front'],
    rows: found.map((one) => [
      one.name,
      decimal(one.accuracy, 2),
      text(one.cost),
      front.includes(one) ? 'yes' : 'no',
    ]),
    words: [3],
  };
  const rivals = found.some(({ ours }) => !ours) ? ' Diamonds are files of others, as recorded.' : '';
  return figure({
    label: `int8 top-1 over ${axis} of ${found.length} files`,
    caption: `Accuracy over ${axis.replace(/ \(.*/, '')}: up and to the left is better. The line joins stages that no other stage beats in both.${rivals}`,
    draw,
    table,
  });
}
