/**
 * Classes of rows and of columns at once: the scale of a weight is close to the product of one of its output channel and one of its input
 * channel.
 */
const iterations = 3;

/** A matrix of symbols in rows, with classes of both. */
export interface ProductClasses {
  rowClasses: Uint8Array;
  columnClasses: Uint8Array;
  rowCount: number;
  columnCount: number;
  /** Of each pair of classes, row class × columnCount + column class. */
  counts: Float64Array[];
}

type Shape = Omit<ProductClasses, 'counts'>;

function countCells(symbols: Uint8Array, rowLength: number, shape: Shape): Float64Array[] {
  const { rowClasses, columnClasses, rowCount, columnCount } = shape;
  const counts = Array.from({ length: rowCount * columnCount }, () => new Float64Array(256));
  for (let first = 0, row = 0; first < symbols.length; first += rowLength, row++) {
    const base = rowClasses[row]! * columnCount;
    const end = Math.min(symbols.length, first + rowLength);
    for (let i = first; i < end; i++) counts[base + columnClasses[i - first]!]![symbols[i]!]!++;
  }
  return counts;
}

/** Bits of every symbol in every cell, 256 per cell, with a small prior so that unseen symbols stay possible. */
function cellCosts(counts: Float64Array[]): Float64Array {
  const costs = new Float64Array(256 * counts.length);
  counts.forEach((table, cell) => {
    const total = Math.log2(table.reduce((a, b) => a + b, 256 * 0.05));
    for (let s = 0; s < 256; s++) costs[256 * cell + s] = total - Math.log2(table[s]! + 0.05);
  });
  return costs;
}

/** Bits of each line in each class of its axis, given the classes of the other. */
function lineBits(symbols: Uint8Array, rowLength: number, shape: Shape, axis: 'row' | 'column') {
  const { rowClasses, columnClasses, rowCount, columnCount } = shape;
  const costs = cellCosts(countCells(symbols, rowLength, shape));
  const isRow = axis === 'row';
  const count = isRow ? rowCount : columnCount;
  const step = isRow ? 256 * columnCount : 256;
  const bits = new Float64Array((isRow ? rowClasses : columnClasses).length * count);
  for (let first = 0, row = 0; first < symbols.length; first += rowLength, row++) {
    const end = Math.min(symbols.length, first + rowLength);
    const base = 256 * columnCount * rowClasses[row]!;
    for (let i = first; i < end; i++) {
      const line = isRow ? row : i - first;
      const at = symbols[i]! + (isRow ? 256 * columnClasses[i - first]! : base);
      for (let c = 0; c < count; c++) bits[line * count + c]! += costs[at + c * step]!;
    }
  }
  return bits;
}

/** Puts every row in the class of least cost, given the classes of columns; the same for columns. */
function reassign(symbols: Uint8Array, rowLength: number, shape: Shape, axis: 'row' | 'column'): void {
  const bits = lineBits(symbols, rowLength, shape, axis);
  const classes = axis === 'row' ? shape.rowClasses : shape.columnClasses;
  const count = bits.length / classes.length;
  for (let line = 0; line < classes.length; line++) {
    let best = classes[line]!;
    for (let c = 0; c < count; c++) if (bits[line * count + c]! < bits[line * count + best]! - 1e-9) best = c;
    classes[line] = best;
  }
}

/** Improves classes of rows and columns in turn. @param start classes that each axis would have alone */
export function classifyProduct(symbols: Uint8Array, rowLength: number, start: Shape): ProductClasses {
  const shape = {
    ...start,
    rowClasses: Uint8Array.from(start.rowClasses),
    columnClasses: Uint8Array.from(start.columnClasses),
  };
  for (let round = 0; round < iterations; round++) {
    reassign(symbols, rowLength, shape, 'row');
    reassign(symbols, rowLength, shape, 'column');
  }
  return { ...shape, counts: countCells(symbols, rowLength, shape) };
}
