import type { Coded, Level } from './scheme.js';

/**
 * Nanoseconds per decoded byte that the native decoders need with AVX2, rounded. The choice only needs their order and
 * that bitmaps and palettes cost little beside what is inside them.
 */
const decodeTimes: Record<Coded['codec'], number> = {
  raw: 0.05,
  bits: 0.05,
  bitmap: 0.05,
  palette: 0.05,
  rans: 0.5,
  records: 5,
  integers: 2,
  context: 300,
  weights: 200,
  prediction: 0.5,
};

/** Nanoseconds that a codec needs to decode `length` bytes, without what another codec inside it needs. */
export function decodeTime(codec: Coded['codec'], length: number): number {
  return decodeTimes[codec] * length;
}

/** How much larger than the smallest a block may be when it decodes faster. */
export function sizeMargin(level: Level): number {
  return level === 'fast' ? 1.02 : 1;
}

/**
 * The result that decodes fastest among those whose size is within the level's margin of the smallest; of equally fast
 * ones the smallest, of equal sizes the first.
 */
export function choose(results: Coded[], level: Level): Coded {
  const most = sizeMargin(level) * Math.min(...results.map(({ coded }) => coded.length));
  const better = (a: Coded, b: Coded): Coded => {
    if (a.time !== b.time) return a.time < b.time ? a : b;
    return b.coded.length < a.coded.length ? b : a;
  };
  return results.filter(({ coded }) => coded.length <= most).reduce(better);
}
