import { formatLimits, type Product } from '@weightfold/container';
import type { Region } from './regions.js';

/** A block for each tensor, beside one for each kind that is gathered. */
const mostTensors = formatLimits.blocks - 8;
/** Each region is a span, and so may be the structure before it; the last span is the structure at the end. */
const mostRegions = Math.floor((formatLimits.spans - 1) / 2);

/** The `count` longest, in the order they had; of equals the first. */
export function longest<T>(items: readonly T[], count: number, length: (item: T) => number): T[] {
  if (items.length <= count) return [...items];
  const order = items.map((_, index) => index);
  order.sort((a, b) => length(items[b]!) - length(items[a]!) || a - b);
  const kept = new Set(order.slice(0, count));
  return items.filter((_, index) => kept.has(index));
}

/** As many regions as a container can hold; the bytes of the shortest go back to the structure stream. */
export function withinLimits(regions: readonly Region[]): Region[] {
  const size = (region: Region) => region.length;
  const tensors = new Set(
    longest(
      regions.filter(({ kind }) => kind === 'tensor'),
      mostTensors,
      size,
    ),
  );
  return longest(
    regions.filter((region) => region.kind !== 'tensor' || tensors.has(region)),
    mostRegions,
    size,
  );
}

/** As many products as a container can hold; the vectors of the shortest stay as they are. */
export function productsWithinLimits(products: readonly Product[]): Product[] {
  return longest(products, formatLimits.products, ({ count }) => count);
}
