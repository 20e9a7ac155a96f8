/** A layer's weights as PATTERNS.md lays them out: output channels by what each of them sums over. */
export interface PatternMatrix {
  rows: number;
  columns: number;
}

/** Sparsity with a rule: at most n of m weights side by side are not zero, or whole blocks are zero. */
export type SparsityPattern =
  | { type: 'n:m'; n: number; m: number }
  | { type: 'block'; rows: number; columns: number };

/** The patterns that are looked for in files. */
export const knownPatterns: SparsityPattern[] = [
  { type: 'n:m', n: 2, m: 4 },
  { type: 'block', rows: 1, columns: 4 },
  { type: 'block', rows: 4, columns: 1 },
  { type: 'block', rows: 4, columns: 16 },
  { type: 'block', rows: 16, columns: 1 },
];

/** `2:4`, `4x16`. */
export function patternName(pattern: SparsityPattern): string {
  return pattern.type === 'n:m' ? `${pattern.n}:${pattern.m}` : `${pattern.rows}x${pattern.columns}`;
}

/** Reads `2:4` or `4x16`; null when it is neither. */
export function parsePattern(text: string): SparsityPattern | null {
  const [, a, kind, b] = /^([1-9]\d{0,3})([:x])([1-9]\d{0,3})$/.exec(text) ?? [];
  if (kind === ':') return Number(a) < Number(b) ? { type: 'n:m', n: Number(a), m: Number(b) } : null;
  return kind === 'x' ? { type: 'block', rows: Number(a), columns: Number(b) } : null;
}

/**
 * Calls `visit` for every group or block of a pattern with the places (row × columns + column) of its weights, and how many of
 * them may be kept when it is a group of n:m. The array is used again: copy what is to last.
 */
export function forEachGroup(
  { rows, columns }: PatternMatrix,
  pattern: SparsityPattern,
  visit: (places: Int32Array, kept: number) => void,
): void {
  const height = pattern.type === 'block' ? pattern.rows : 1;
  const width = pattern.type === 'block' ? pattern.columns : pattern.m;
  const places = new Int32Array(height * width);
  for (let top = 0; top < rows; top += height) {
    for (let left = 0; left < columns; left += width) {
      let size = 0;
      for (let row = top; row < Math.min(rows, top + height); row++) {
        for (let column = left; column < Math.min(columns, left + width); column++)
          places[size++] = row * columns + column;
      }
      const kept = pattern.type === 'n:m' ? Math.ceil((pattern.n * size) / pattern.m) : size;
      visit(places.subarray(0, size), kept);
    }
  }
}

/** How well the zeros of a matrix follow a pattern. */
export interface PatternFit {
  /** Groups that hold the rule; for blocks, those that are all zero. */
  groups: number;
  fitting: number;
  /** Zeros that lie in those, of all zeros. */
  zeros: number;
  zerosInside: number;
}

export function fitPattern(
  isZero: ArrayLike<number | boolean>,
  matrix: PatternMatrix,
  pattern: SparsityPattern,
): PatternFit {
  const fit: PatternFit = { groups: 0, fitting: 0, zeros: 0, zerosInside: 0 };
  forEachGroup(matrix, pattern, (places, kept) => {
    let zeros = 0;
    for (const place of places) if (isZero[place]) zeros++;
    const fits = pattern.type === 'n:m' ? places.length - zeros <= kept : zeros === places.length;
    fit.groups++;
    fit.zeros += zeros;
    if (!fits) return;
    fit.fitting++;
    fit.zerosInside += zeros;
  });
  return fit;
}
