import type { CodedTable } from './coded-tables.js';
import { type Curve, curveLevels, knotsUpTo, maximumKnot, symbolAt } from './curves.js';
import { zigzag } from './tables.js';

const rounds = 6;
/** A move that gains less than this many bits is not made. */
const leastGain = 0.1;

/** 2^(i/8), the weight of a magnitude at level 1 + i. */
const weights = Float64Array.from({ length: 97 }, (_, i) => 2 ** (i / 8));

/** Bits of a zigzag difference, before any model has adapted. */
const numberPrice = Float64Array.from({ length: 256 }, (_, value) => 0.5 + 1.8 * Math.log2(value + 1));

/** What is fitted: counts of both signs together, and how many positions each magnitude has. */
interface Magnitudes {
  count: number;
  counts: Float64Array;
  positions: Float64Array;
  total: number;
  places: number[];
}

function magnitudesOf(counts: Float64Array, ranks: boolean): Magnitudes {
  let count = 256;
  while (count > 1 && counts[symbolAt(count - 1, ranks)] === 0) count--;
  const most = count >> 1;
  const sums = new Float64Array(most + 1);
  const positions = new Float64Array(most + 1);
  let total = 0;
  for (let p = 0; p < count; p++) {
    const value = counts[symbolAt(p, ranks)]!;
    sums[(p + 1) >> 1]! += value;
    positions[(p + 1) >> 1]!++;
    total += value;
  }
  return { count, counts: sums, positions, total, places: knotsUpTo(most) };
}

/** Level, in quarters of a factor of two, of a mean count. */
function levelOf(mean: number, total: number): number {
  const level = 1 + Math.round(4 * (12 + Math.log2(Math.max(mean, 0.05) / total)));
  return Math.min(maximumKnot, Math.max(1, level));
}

/** Knots at the mean of the counts around them, the last magnitude left to the edge. */
function firstKnots({ counts, positions, total, places }: Magnitudes): number[] {
  return places.map((place, k) => {
    const from = k === 0 ? 0 : Math.ceil((places[k - 1]! + place + 1) / 2);
    const last = k === places.length - 1;
    const end = last ? place - 1 : Math.ceil((place + places[k + 1]!) / 2 - 0.5);
    let sum = 0;
    let held = 0;
    for (let m = Math.min(from, place); m <= Math.max(end, place); m++) {
      if (last && m === place && place > 4) continue;
      sum += counts[m]!;
      held += positions[m]!;
    }
    return levelOf(held === 0 ? 0 : sum / held, total);
  });
}

/** Sum of weights and sum of counts × level of the magnitudes behind knot k - 1 up to knot k. */
function segment({ counts, positions, places }: Magnitudes, knots: number[], edge: number, k: number) {
  let sum = 0;
  let levels = 0;
  const last = places.length - 1;
  const from = k === 0 ? 0 : places[k - 1]!;
  const to = places[k]!;
  const base = 2 * (knots[Math.max(0, k - 1)]! - 1);
  const rise = 2 * (knots[k]! - 1) - base;
  for (let m = k === 0 ? 0 : from + 1; m <= to; m++) {
    let level = k === 0 ? base : base + Math.floor((rise * (m - from)) / (to - from));
    if (k === last && m === to) level += 2 * edge;
    sum += positions[m]! * weights[Math.min(96, Math.max(0, level))]!;
    levels += counts[m]! * level;
  }
  return [sum, levels] as const;
}

/** Roughly the bits of a curve. */
function price(knots: number[], edge: number): number {
  let bits = numberPrice[zigzag(edge)]!;
  for (let k = 1; k < knots.length; k++) bits += numberPrice[zigzag(knots[k]! - knots[k - 1]!)]!;
  return bits;
}

/** A curve that is being fitted, with what its segments sum up to. */
class Descent {
  edge = 0;
  readonly #sums: (readonly [number, number])[];
  #sum = 0;
  #levels = 0;
  #price: number;

  constructor(
    readonly data: Magnitudes,
    readonly knots: number[],
  ) {
    this.#sums = knots.map((_, k) => segment(data, knots, 0, k));
    for (const [sum, levels] of this.#sums) {
      this.#sum += sum;
      this.#levels += levels;
    }
    this.#price = price(knots, 0);
  }
  get last(): number {
    return this.knots.length - 1;
  }
  /** The knot, or the edge behind the last one. */
  #change(index: number, step: number): void {
    if (index > this.last) this.edge += step;
    else this.knots[index]! += step;
  }
  /** Whether all levels are in range. */
  #allowed(index: number): boolean {
    const level = index > this.last ? this.knots[this.last]! + this.edge : this.knots[index]!;
    return level >= 1 && level <= maximumKnot;
  }
  /** Moves a knot, or the edge, by `step` if that makes symbols and curve cheaper. */
  move(index: number, step: number): boolean {
    const { data, knots } = this;
    this.#change(index, step);
    const touched = index >= this.last ? [this.last] : [index, index + 1];
    const parts = touched.map((k) => segment(data, knots, this.edge, k));
    let sum = this.#sum;
    let levels = this.#levels;
    touched.forEach((k, i) => {
      sum += parts[i]![0] - this.#sums[k]![0];
      levels += parts[i]![1] - this.#sums[k]![1];
    });
    const nextPrice = price(knots, this.edge);
    const gain =
      data.total * Math.log2(this.#sum / sum) + (levels - this.#levels) / 8 + this.#price - nextPrice;
    if (gain < leastGain || !this.#allowed(index)) {
      this.#change(index, -step);
      return false;
    }
    touched.forEach((k, i) => {
      this.#sums[k] = parts[i]!;
    });
    this.#sum = sum;
    this.#levels = levels;
    this.#price = nextPrice;
    return true;
  }
}

/** Moves knots and edge by single levels as long as the symbols get cheaper. */
function descend(data: Magnitudes, knots: number[]): number {
  const descent = new Descent(data, knots);
  for (let round = 0, moved = true; round < rounds && moved; round++) {
    moved = false;
    for (let index = 0; index <= descent.last + 1; index++) {
      for (const step of [1, -1]) while (descent.move(index, step)) moved = true;
    }
  }
  return descent.edge;
}

/** The curve that codes symbols with these counts in the fewest bits, nearly. At least one count is above 0. */
export function fitCurve(counts: Float64Array, ranks: boolean): CodedTable {
  const data = magnitudesOf(counts, ranks);
  const knots = firstKnots(data);
  const curve: Curve = { ranks, count: data.count, knots, edge: descend(data, knots) };
  const levels = curveLevels(curve);
  if (levels) return { ...levels, curve };
  const plain = { ...curve, edge: 0 };
  return { ...curveLevels(plain)!, curve: plain };
}
