import { forEachGroup, type PatternMatrix, type SparsityPattern } from '@weightfold/container';

/** Where the weights of a pattern's matrix (PATTERNS.md) lie in the training layout. */
export interface PatternLayout extends PatternMatrix {
  /** Place in the training layout of a place row × columns + column of the matrix. */
  indexOf(place: number): number;
}

/** 0 for the `count` weights of smallest magnitude (the first ones among equals), 1 for the others. */
export function smallestMask(weights: Float32Array, count: number): Float32Array {
  const mask = new Float32Array(weights.length).fill(1);
  if (count <= 0) return mask;
  const threshold = weights.map(Math.abs).sort()[count - 1]!;
  let left = count;
  for (let i = 0; i < weights.length; i++) {
    if (Math.abs(weights[i]!) < threshold) {
      mask[i] = 0;
      left--;
    }
  }
  for (let i = 0; i < weights.length && left > 0; i++) {
    if (Math.abs(weights[i]!) === threshold) {
      mask[i] = 0;
      left--;
    }
  }
  return mask;
}

/**
 * A mask that goes towards n:m: of what each group has beyond the weights that it may keep, its smallest, the `part` of
 * smallest magnitude over all groups is 0. With a part of 1 the pattern holds.
 */
export function groupMask(
  weights: Float32Array,
  layout: PatternLayout,
  pattern: SparsityPattern,
  part: number,
): Float32Array {
  const surplus: number[] = [];
  forEachGroup(layout, pattern, (places, kept) => {
    const group = Array.from(places, (place) => layout.indexOf(place));
    group.sort((a, b) => Math.abs(weights[a]!) - Math.abs(weights[b]!) || a - b);
    surplus.push(...group.slice(0, group.length - kept));
  });
  surplus.sort((a, b) => Math.abs(weights[a]!) - Math.abs(weights[b]!) || a - b);
  const mask = new Float32Array(weights.length).fill(1);
  for (const index of surplus.slice(0, Math.floor(part * surplus.length))) mask[index] = 0;
  return mask;
}

/** 0 for whole blocks, those of smallest mean magnitude, until at least `count` weights are 0. */
export function blockMask(
  weights: Float32Array,
  layout: PatternLayout,
  pattern: SparsityPattern,
  count: number,
): Float32Array {
  const blocks: { indices: number[]; score: number }[] = [];
  forEachGroup(layout, pattern, (places) => {
    const indices = Array.from(places, (place) => layout.indexOf(place));
    const sum = indices.reduce((total, i) => total + Math.abs(weights[i]!), 0);
    blocks.push({ indices, score: sum / indices.length });
  });
  const mask = new Float32Array(weights.length).fill(1);
  let left = count;
  for (const { indices } of blocks.sort((a, b) => a.score - b.score)) {
    if (left <= 0) break;
    for (const index of indices) mask[index] = 0;
    left -= indices.length;
  }
  return mask;
}

/** Most of a layer that a global budget takes: a layer without weights would pass nothing on. */
const mostOfLayer = 0.95;

/**
 * How many zeros each layer gets so that all together have the wanted part: the smallest magnitudes of all layers, each
 * measured by the root mean square of its layer.
 */
export function globalCounts(layers: Float32Array[], target: number): number[] {
  const sorted = layers.map((weights) => {
    const rms = Math.sqrt(weights.reduce((sum, w) => sum + w * w, 0) / weights.length) || 1;
    const magnitudes = weights.map((w) => Math.abs(w) / rms).sort();
    return magnitudes.subarray(0, Math.floor(mostOfLayer * weights.length));
  });
  const sum = (counts: number[]) => counts.reduce((total, count) => total + count, 0);
  const wanted = Math.ceil(target * sum(layers.map(({ length }) => length)));
  const all = new Float32Array(sum(sorted.map(({ length }) => length)));
  sorted.reduce((at, magnitudes) => {
    all.set(magnitudes, at);
    return at + magnitudes.length;
  }, 0);
  const limit = all.sort()[wanted] ?? Infinity;
  const counts = sorted.map((magnitudes) => below(magnitudes, limit));
  let left = Math.min(wanted, all.length) - sum(counts); // among equals, the first layers'
  return counts.map((count, i) => {
    const more = sorted[i]!.subarray(count).findIndex((magnitude) => magnitude > limit);
    const equal = Math.min(left, more < 0 ? sorted[i]!.length - count : more);
    left -= equal;
    return count + equal;
  });
}

/** How many of sorted values are smaller than a limit. */
function below(sorted: Float32Array, limit: number): number {
  const first = sorted.findIndex((value) => value >= limit);
  return first < 0 ? sorted.length : first;
}
