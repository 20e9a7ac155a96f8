import {
  fitPattern,
  knownPatterns,
  type PatternMatrix,
  patternName,
  type SparsityPattern,
} from '@weightfold/container';
import { type Model, type WeightStatistics, zeroMap } from '@weightfold/tflite';

/** A pattern is told when at least this part of a tensor is zero: below, nobody gains by it. */
const leastZeros = 0.1;
/** Part of the zeros that must lie in whole blocks. */
const leastInBlocks = 0.95;
/** Groups that would break the rule of n:m, were as many zeros strewn at random: with fewer it may hold by chance. */
const leastBroken = 10;
/** Part of the zeros that would lie outside of whole blocks by chance, of which at most half may. */
const mostOfChance = 0.5;

/**
 * Patterns of sparsity (formats/container/PATTERNS.md) that a weight tensor holds: `2:4` where every group of four has two zeros,
 * `4x16` and the like where at least 95 % of the zeros lie in blocks that are all zero. Told only where at least 10 % of the
 * tensor is zero, and where as many zeros strewn at random would not do the same: nearly all groups of a tensor with 98 % zeros hold
 * 2:4.
 */
export function weightPatterns(model: Model, weights: WeightStatistics, subgraph = 0): string[] {
  if (weights.zeroFraction < leastZeros) return [];
  const isZero = zeroMap(model, model.subgraphs[subgraph]!.tensors[weights.tensorIndex]!);
  if (!isZero) return [];
  const matrix = matrixOf(weights);
  return knownPatterns
    .filter((pattern) => {
      const fit = fitPattern(isZero, matrix, pattern);
      const chance = byChance(matrix, pattern, weights.zeroFraction);
      if (pattern.type === 'n:m') return fit.fitting === fit.groups && chance.broken >= leastBroken;
      const outside = fit.zeros - fit.zerosInside;
      return outside <= (1 - leastInBlocks) * fit.zeros && outside < mostOfChance * chance.zerosOutside;
    })
    .map(patternName);
}

/** What to expect of zeros at independent places: groups that do not hold the rule, zeros that lie in those. */
function byChance({ rows, columns }: PatternMatrix, pattern: SparsityPattern, zeroFraction: number) {
  const [height, width] = pattern.type === 'block' ? [pattern.rows, pattern.columns] : [1, pattern.m];
  let [broken, zerosOutside] = [0, 0];
  for (const [size, count] of groupSizes(rows, columns, height, width)) {
    const kept = pattern.type === 'n:m' ? Math.ceil((pattern.n * size) / pattern.m) : 0;
    const group = expectedOfGroup(size, size - kept, zeroFraction);
    broken += count * group.broken;
    zerosOutside += count * group.zerosOutside;
  }
  return { broken, zerosOutside };
}

/** How many groups there are of each size: whole ones, and those cut off by the right and lower edges. */
function groupSizes(rows: number, columns: number, height: number, width: number): [number, number][] {
  const parts = (length: number, step: number): [size: number, count: number][] => [
    [step, Math.floor(length / step)],
    [length % step, length % step > 0 ? 1 : 0],
  ];
  return parts(rows, height).flatMap(([high, down]) =>
    parts(columns, width).map(([wide, along]): [number, number] => [high * wide, down * along]),
  );
}

function expectedOfGroup(size: number, needed: number, zeroFraction: number) {
  let [broken, zerosOutside] = [0, 0];
  let ways = 1; // of choosing `zeros` of the group's places
  for (let zeros = 0; zeros < needed; zeros++) {
    const chance = ways * zeroFraction ** zeros * (1 - zeroFraction) ** (size - zeros);
    broken += chance;
    zerosOutside += chance * zeros;
    ways *= (size - zeros) / (zeros + 1);
  }
  return { broken, zerosOutside };
}

function matrixOf({ op, shape }: WeightStatistics): PatternMatrix {
  const product = (sizes: number[]) => sizes.reduce((all, size) => all * size, 1);
  return op === 'DEPTHWISE_CONV_2D'
    ? { rows: product(shape.slice(0, -1)), columns: shape.at(-1)! }
    : { rows: shape[0]!, columns: product(shape.slice(1)) };
}
