/**
 * Rows (or columns) of a matrix of symbols in classes of like distribution, so that each class has its own frequency
 * table. Output channels of one layer differ in scale and sparsity; a table per class pays where they do.
 */
const iterations = 6;

/** Histograms of lines, one after another: line r has the symbols and counts from starts[r] to starts[r + 1]. */
export interface Lines {
  starts: Uint32Array;
  symbols: Uint8Array;
  counts: Float64Array;
}

/** Dense counts, 256 per row of `rowLength` symbols or per column. */
function countLines(data: Uint8Array, rowLength: number, axis: 'row' | 'column', lines: number): Uint32Array {
  const counts = new Uint32Array(lines * 256);
  for (let first = 0, row = 0; first < data.length; first += rowLength, row++) {
    const end = Math.min(data.length, first + rowLength);
    if (axis === 'row') for (let i = first; i < end; i++) counts[row * 256 + data[i]!]!++;
    else for (let i = first; i < end; i++) counts[(i - first) * 256 + data[i]!]!++;
  }
  return counts;
}

/** One histogram per row of `rowLength` symbols, or per column. */
export function histograms(data: Uint8Array, rowLength: number, axis: 'row' | 'column'): Lines {
  const lines = axis === 'row' ? Math.ceil(data.length / rowLength) : rowLength;
  const dense = countLines(data, rowLength, axis, lines);
  let used = 0;
  for (let i = 0; i < dense.length; i++) if (dense[i]! > 0) used++;
  const result = {
    starts: new Uint32Array(lines + 1),
    symbols: new Uint8Array(used),
    counts: new Float64Array(used),
  };
  let at = 0;
  for (let line = 0; line < lines; line++) {
    for (let s = 0; s < 256; s++) {
      const count = dense[line * 256 + s]!;
      if (count === 0) continue;
      result.symbols[at] = s;
      result.counts[at++] = count;
    }
    result.starts[line + 1] = at;
  }
  return result;
}

/** Counts of the symbols of each class, 256 per class. */
export function classCounts(lines: Lines, classes: Uint8Array, count: number): Float64Array[] {
  const tables = Array.from({ length: count }, () => new Float64Array(256));
  for (let line = 0; line < classes.length; line++) {
    const table = tables[classes[line]!]!;
    const end = lines.starts[line + 1]!;
    for (let i = lines.starts[line]!; i < end; i++) table[lines.symbols[i]!]! += lines.counts[i]!;
  }
  return tables;
}

/** Costs in bits of every symbol in each class (symbol × count + class), with a small prior so that unseen symbols stay possible. */
function costTable(lines: Lines, classes: Uint8Array, count: number): Float64Array {
  const costs = new Float64Array(256 * count);
  classCounts(lines, classes, count).forEach((table, c) => {
    let total = 256 * 0.05;
    for (let s = 0; s < 256; s++) total += table[s]!;
    const bits = Math.log2(total);
    for (let s = 0; s < 256; s++) costs[s * count + c] = bits - Math.log2(table[s]! + 0.05);
  });
  return costs;
}

/** Moves each line to its cheapest class, and stays unless another is cheaper by more than rounding. True when any moved. */
function reassign(lines: Lines, classes: Uint8Array, costs: Float64Array, count: number): boolean {
  const bits = new Float64Array(count);
  let moved = false;
  for (let line = 0; line < classes.length; line++) {
    bits.fill(0);
    const end = lines.starts[line + 1]!;
    for (let i = lines.starts[line]!; i < end; i++) {
      const row = lines.symbols[i]! * count;
      const weight = lines.counts[i]!;
      for (let c = 0; c < count; c++) bits[c]! += weight * costs[row + c]!;
    }
    let best = classes[line]!;
    let least = bits[best]! - 1e-9;
    for (let c = 0; c < count; c++) {
      if (bits[c]! >= least) continue;
      best = c;
      least = bits[c]!;
    }
    if (best !== classes[line]) moved = true;
    classes[line] = best;
  }
  return moved;
}

/** Bits per symbol of a line. */
function entropyOf({ starts, counts }: Lines, line: number): number {
  let total = 0;
  let bits = 0;
  for (let i = starts[line]!; i < starts[line + 1]!; i++) {
    const count = counts[i]!;
    total += count;
    bits += count * Math.log2(count);
  }
  return Math.log2(total) - bits / total;
}

/** Lines by the entropy of a symbol in them, the lowest first: what the first classes are made of. */
export function byEntropy(lines: Lines): Uint32Array {
  const count = lines.starts.length - 1;
  const bits = new Float64Array(count);
  for (let line = 0; line < count; line++) {
    bits[line] = entropyOf(lines, line);
  }
  return Uint32Array.from(bits.keys()).sort((a, b) => bits[a]! - bits[b]! || a - b);
}

/** Assigns each line to one of `count` classes (k-means in coding cost, begun with quantiles of entropy: `order`). */
export function classify(lines: Lines, order: Uint32Array, count: number): Uint8Array {
  const classes = new Uint8Array(order.length);
  order.forEach((line, rank) => {
    classes[line] = Math.floor((rank * count) / order.length);
  });
  for (let round = 0; round < iterations; round++) {
    if (!reassign(lines, classes, costTable(lines, classes, count), count)) break;
  }
  return classes;
}
