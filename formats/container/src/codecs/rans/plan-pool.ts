import type { Lines } from './classes.js';
import type { TablePool } from './pool.js';
import { maximumTables } from './shape.js';

/** Naming one more table in a block. */
const tableBits = 5;

/** Bits of each line with each table of the pool, tables together. */
function lineCosts(lines: Lines, pool: TablePool): Float64Array {
  const count = lines.starts.length - 1;
  const costs = new Float64Array(count * pool.size);
  for (let line = 0; line < count; line++) {
    const end = lines.starts[line + 1]!;
    for (let i = lines.starts[line]!; i < end; i++) {
      const weight = lines.counts[i]!;
      const symbol = lines.symbols[i]!;
      for (let t = 0; t < pool.size; t++)
        costs[line * pool.size + t]! += weight * pool.costs[256 * t + symbol]!;
    }
  }
  return costs;
}

/** Lines in their cheapest tables among `allowed`, and what the loss of each table would cost. */
function assign(costs: Float64Array, size: number, allowed: number[], price: Float64Array) {
  const count = costs.length / size;
  const choice = new Uint8Array(count);
  const loss = new Float64Array(size);
  const use = new Float64Array(size);
  for (let line = 0; line < count; line++) {
    let best = allowed[0]!;
    let least = Number.POSITIVE_INFINITY;
    let second = Number.POSITIVE_INFINITY;
    for (const t of allowed) {
      const bits = costs[line * size + t]! + price[t]!;
      if (bits < least) {
        second = least;
        least = bits;
        best = t;
      } else if (bits < second) second = bits;
    }
    choice[line] = best;
    use[best]!++;
    loss[best]! += second - least;
  }
  return { choice, loss, use };
}

/**
 * A table of the pool for every line, at most 16 different ones. Tables that gain less than what naming them costs are given up, the
 * least useful first.
 *
 * @returns per line the class, and per class the table's index in the pool
 */
export function classifyByPool(lines: Lines, pool: TablePool): { classes: Uint8Array; tables: number[] } {
  const costs = lineCosts(lines, pool);
  let allowed = Array.from({ length: pool.size }, (_, t) => t);
  const price = new Float64Array(pool.size);
  for (;;) {
    const { choice, loss, use } = assign(costs, pool.size, allowed, price);
    const used = allowed.filter((t) => use[t]! > 0);
    let weakest = used[0]!;
    for (const t of used) if (loss[t]! < loss[weakest]!) weakest = t;
    const keep = used.length === 1 || (used.length <= maximumTables && loss[weakest]! > tableBits);
    if (keep) {
      const classes = choice.map((t) => used.indexOf(t));
      return { classes, tables: used };
    }
    allowed = used.filter((t) => t !== weakest);
    for (const t of allowed) price[t] = Math.log2(choice.length / Math.max(1, use[t]!));
  }
}
