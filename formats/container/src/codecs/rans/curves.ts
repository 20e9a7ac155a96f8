/**
 * Curves: frequency tables of few bytes for what is spread smoothly around zero, as most weights are. The logarithm of the frequency is
 * given at some magnitudes and linear between them, the same on both sides of zero.
 */
import type { NumberDecoder, NumberSink } from '../../coding/numbers.js';
import { curveContext } from './contexts.js';
import { type LevelTable, unzigzag, zigzag } from './tables.js';

/** Levels per factor of two at the knots, and between them. */
const knotResolution = 4;
export const curveResolution = 8;
export const maximumKnot = 1 + 12 * knotResolution;
/** Where knots are; the last knot of a curve is at its largest magnitude. */
const magnitudes = [0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128];
/** What the first knot is compared with. */
const typicalPeak = 25;

/**
 * A table as a curve over positions 0 to count - 1, which are symbols (ranks: 0, then above and below in turn) or signed bytes in the same
 * order: 0, 1, -1, 2, -2 …; position p has magnitude (p + 1) >> 1.
 */
export interface Curve {
  /** Positions are the symbols themselves; else they are signed bytes. */
  ranks: boolean;
  /** Positions that occur, 1 to 256; the frequency of all others is 0. */
  count: number;
  /** Levels at the knots, 1 to 49: 1 + 4 × log2 of the weight. */
  knots: number[];
  /** Added to the level of the largest magnitude: weights are often scaled so that the largest is at the end of the range. */
  edge: number;
}

/** The symbol at a position. */
export function symbolAt(position: number, ranks: boolean): number {
  if (ranks) return position;
  return (position & 1 ? (position + 1) >> 1 : -(position >> 1)) & 255;
}

/** Magnitudes of the knots of a curve whose largest magnitude is `most`. */
export function knotsUpTo(most: number): number[] {
  return [...magnitudes.filter((magnitude) => magnitude < most), most];
}

/** Levels by magnitude, in eighths of a factor of two; null when one leaves the range. */
function levelsByMagnitude({ count, knots, edge }: Curve): Int32Array | null {
  const most = count >> 1;
  const places = knotsUpTo(most);
  const levels = new Int32Array(most + 1);
  for (let k = 0; k < places.length; k++) {
    const from = k === 0 ? 0 : places[k - 1]!;
    const before = knots[Math.max(0, k - 1)]!;
    const step = knots[k]! - before;
    for (let m = k === 0 ? 0 : from + 1; m <= places[k]!; m++) {
      const part = k === 0 ? 0 : Math.floor((2 * step * (m - from)) / (places[k]! - from));
      levels[m] = 1 + 2 * (before - 1) + part;
    }
  }
  levels[most]! += 2 * edge;
  return levels[most]! < 1 || levels[most]! > 2 * maximumKnot - 1 ? null : levels;
}

/** The levels of all symbols; null when the edge leaves the range. */
export function curveLevels(curve: Curve): LevelTable | null {
  const byMagnitude = levelsByMagnitude(curve);
  if (!byMagnitude) return null;
  const levels = new Uint8Array(256);
  for (let p = 0; p < curve.count; p++) levels[symbolAt(p, curve.ranks)] = byMagnitude[(p + 1) >> 1]!;
  return { resolution: curveResolution, levels };
}

const knotContext = (index: number): number => curveContext + 2 + Math.min(index, 4);

export function putCurve(out: NumberSink, { count, knots, edge }: Curve): void {
  out.put(curveContext, 256 - count);
  let expected = typicalPeak;
  knots.forEach((knot, index) => {
    out.put(knotContext(index), zigzag(knot - expected));
    expected = knot;
  });
  out.put(curveContext + 1, zigzag(edge));
}

/** Reads a curve; null when a number is out of range. */
export function getCurve(input: NumberDecoder, ranks: boolean): Curve | null {
  const missing = input.get(curveContext);
  if (missing > 255) return null;
  const curve: Curve = { ranks, count: 256 - missing, knots: [], edge: 0 };
  let level = typicalPeak;
  for (let index = 0; index < knotsUpTo(curve.count >> 1).length; index++) {
    level += unzigzag(input.get(knotContext(index)));
    if (level < 1 || level > maximumKnot) return null;
    curve.knots.push(level);
  }
  curve.edge = unzigzag(input.get(curveContext + 1));
  return curve;
}
