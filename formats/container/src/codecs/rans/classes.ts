/**
 * Rows (or columns) of a matrix of symbols in classes of like distribution, so that each class has its own frequency
 * table. Output channels of one layer differ in scale and sparsity; a table per class pays where they do.
 */

const iterations = 8;

/** One histogram of 256 counts per row of `rowLength` symbols, or per column. */
export function histograms(symbols: Uint8Array, rowLength: number, axis: 'row' | 'column'): Float64Array[] {
  const count = axis === 'row' ? Math.ceil(symbols.length / rowLength) : rowLength;
  const result = Array.from({ length: count }, () => new Float64Array(256));
  for (let i = 0; i < symbols.length; i++) {
    const at = axis === 'row' ? Math.floor(i / rowLength) : i % rowLength;
    result[at]![symbols[i]!]!++;
  }
  return result;
}

/** Order-0 entropy of a histogram, bits per symbol: what rows are sorted by before the first split. */
function entropy(histogram: Float64Array): number {
  const total = histogram.reduce((a, b) => a + b, 0);
  let bits = 0;
  for (const count of histogram) if (count > 0) bits -= count * Math.log2(count / total);
  return total === 0 ? 0 : bits / total;
}

/** Costs in bits of every symbol in a class, with a small prior so that unseen symbols stay possible. */
function costs(members: Float64Array[]): Float64Array {
  const sum = new Float64Array(256).fill(0.05);
  for (const member of members) for (let s = 0; s < 256; s++) sum[s]! += member[s]!;
  const total = sum.reduce((a, b) => a + b, 0);
  return sum.map((count) => -Math.log2(count / total));
}

function cost(histogram: Float64Array, table: Float64Array): number {
  let bits = 0;
  for (let s = 0; s < 256; s++) bits += histogram[s]! * table[s]!;
  return bits;
}

/** Assigns each histogram to one of `count` classes (k-means in coding cost, begun with quantiles of entropy). */
export function classify(rows: Float64Array[], count: number): Uint8Array {
  const order = rows.map((row, index) => ({ index, bits: entropy(row) }));
  order.sort((a, b) => a.bits - b.bits || a.index - b.index);
  const classes = new Uint8Array(rows.length);
  order.forEach(({ index }, rank) => {
    classes[index] = Math.floor((rank * count) / rows.length);
  });
  for (let round = 0; round < iterations; round++) {
    const tables = Array.from({ length: count }, (_, c) => costs(rows.filter((_, i) => classes[i] === c)));
    let moved = false;
    rows.forEach((row, i) => {
      let best = classes[i]!;
      let bestBits = cost(row, tables[best]!);
      for (let c = 0; c < count; c++) {
        const bits = cost(row, tables[c]!);
        if (bits < bestBits - 1e-9) {
          best = c;
          bestBits = bits;
        }
      }
      moved ||= best !== classes[i];
      classes[i] = best;
    });
    if (!moved) break;
  }
  return classes;
}
