/**
 * Rows (or columns) of a matrix of symbols in classes of like distribution, so that each class has its own frequency
 * table. Output channels of one layer differ in scale and sparsity; a table per class pays where they do.
 */

const iterations = 6;

/** Counts of the symbols that occur in one row or column. */
interface Histogram {
  symbols: Uint8Array;
  counts: Float64Array;
  total: number;
}

/** One histogram per row of `rowLength` symbols, or per column. */
export function histograms(data: Uint8Array, rowLength: number, axis: 'row' | 'column'): Histogram[] {
  const lines = axis === 'row' ? Math.ceil(data.length / rowLength) : rowLength;
  const counts = new Uint32Array(lines * 256);
  for (let i = 0; i < data.length; i++) {
    const line = axis === 'row' ? Math.floor(i / rowLength) : i % rowLength;
    counts[line * 256 + data[i]!]!++;
  }
  return Array.from({ length: lines }, (_, line) => {
    const row = counts.subarray(line * 256, line * 256 + 256);
    const symbols: number[] = [];
    for (let s = 0; s < 256; s++) if (row[s]! > 0) symbols.push(s);
    const present = Float64Array.from(symbols, (s) => row[s]!);
    return { symbols: Uint8Array.from(symbols), counts: present, total: present.reduce((a, b) => a + b, 0) };
  });
}

/** Order-0 entropy in bits per symbol: what rows are sorted by before the first split. */
function entropy({ counts, total }: Histogram): number {
  let bits = 0;
  for (const count of counts) bits -= count * Math.log2(count / total);
  return total === 0 ? 0 : bits / total;
}

/** Costs in bits of every symbol in each class, with a small prior so that unseen symbols stay possible. */
function costTables(rows: Histogram[], classes: Uint8Array, count: number): Float64Array[] {
  const tables = Array.from({ length: count }, () => new Float64Array(256).fill(0.05));
  rows.forEach(({ symbols, counts }, r) => {
    const table = tables[classes[r]!]!;
    for (let i = 0; i < symbols.length; i++) table[symbols[i]!]! += counts[i]!;
  });
  for (const table of tables) {
    const total = table.reduce((a, b) => a + b, 0);
    for (let s = 0; s < 256; s++) table[s] = -Math.log2(table[s]! / total);
  }
  return tables;
}

function cost({ symbols, counts }: Histogram, table: Float64Array): number {
  let bits = 0;
  for (let i = 0; i < symbols.length; i++) bits += counts[i]! * table[symbols[i]!]!;
  return bits;
}

/** The cheapest class for a row; `current` unless another is cheaper by more than rounding. */
function cheapest(row: Histogram, tables: Float64Array[], current: number): number {
  let best = current;
  let bestBits = cost(row, tables[current]!) - 1e-9;
  for (let c = 0; c < tables.length; c++) {
    const bits = cost(row, tables[c]!);
    if (bits >= bestBits) continue;
    best = c;
    bestBits = bits;
  }
  return best;
}

/** Assigns each histogram to one of `count` classes (k-means in coding cost, begun with quantiles of entropy). */
export function classify(rows: Histogram[], count: number): Uint8Array {
  const order = rows.map((row, index) => ({ index, bits: entropy(row) }));
  order.sort((a, b) => a.bits - b.bits || a.index - b.index);
  const classes = new Uint8Array(rows.length);
  order.forEach(({ index }, rank) => {
    classes[index] = Math.floor((rank * count) / rows.length);
  });
  for (let round = 0; round < iterations; round++) {
    const tables = costTables(rows, classes, count);
    let moved = false;
    rows.forEach((row, i) => {
      const best = cheapest(row, tables, classes[i]!);
      moved ||= best !== classes[i];
      classes[i] = best;
    });
    if (!moved) break;
  }
  return classes;
}
