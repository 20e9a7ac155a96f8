import type * as Plot from '@observablehq/plot';

/** Room around a chart of points. */
export const frame = (narrow: boolean): Plot.PlotOptions => ({
  height: narrow ? 290 : 340,
  marginLeft: 44,
  marginRight: narrow ? 24 : 60,
  marginTop: 26,
  marginBottom: 40,
});

/** An axis of what something costs, below the chart. */
export const xAxis = (label: string, narrow: boolean): Plot.ScaleOptions => ({
  label,
  labelArrow: 'none',
  labelAnchor: 'right',
  ticks: narrow ? 4 : 8,
});

/** An axis of what it is worth. */
export const yAxis = (label: string): Plot.ScaleOptions => ({
  label,
  labelArrow: 'none',
  grid: true,
  nice: true,
  ticks: 5,
});

/** Where the end of an axis is so many times its beginning, it is logarithmic: a linear one would show the large alone. */
const farApart = 8;

/** An axis from `low` to `high`, both above 0. */
export const ratioAxis = (domain: [number, number], narrow: boolean): Plot.ScaleOptions =>
  domain[1] > farApart * domain[0]
    ? { type: 'log', domain, ticks: logTicks(domain, narrow ? 6 : 12) }
    : { domain };

/** 1, 2 and 5 of each decade; the decades alone where these are too many. */
function logTicks([low, high]: readonly [number, number], most: number): number[] {
  const first = Math.floor(Math.log10(low));
  const decades = Array.from(
    { length: Math.ceil(Math.log10(high)) - first + 1 },
    (_, i) => 10 ** (i + first),
  );
  const within = (steps: number[]) =>
    decades.flatMap((decade) => steps.map((step) => step * decade)).filter((at) => at >= low && at <= high);
  const fine = within([1, 2, 5]);
  return fine.length <= most ? fine : within([1]);
}
