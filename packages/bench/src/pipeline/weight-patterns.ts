import { fitPattern, knownPatterns, type PatternMatrix, patternName } from '@weightfold/container';
import { type Model, type WeightStatistics, zeroMap } from '@weightfold/tflite';

/** A pattern is told when at least this part of a tensor is zero; below, zeros come together by chance. */
const leastZeros = 0.1;
/** Part of the zeros that must lie in whole blocks. */
const leastInBlocks = 0.95;

/**
 * Patterns of sparsity (formats/container/PATTERNS.md) that a weight tensor holds: `2:4` where every group of four has two zeros,
 * `4x16` and the like where at least 95 % of the zeros lie in blocks that are all zero. Told only where at least 10 % of the
 * tensor is zero.
 */
export function weightPatterns(model: Model, weights: WeightStatistics, subgraph = 0): string[] {
  if (weights.zeroFraction < leastZeros) return [];
  const isZero = zeroMap(model, model.subgraphs[subgraph]!.tensors[weights.tensorIndex]!);
  if (!isZero) return [];
  const matrix = matrixOf(weights);
  return knownPatterns
    .filter((pattern) => {
      const fit = fitPattern(isZero, matrix, pattern);
      return pattern.type === 'n:m'
        ? fit.fitting === fit.groups
        : fit.zerosInside >= leastInBlocks * fit.zeros;
    })
    .map(patternName);
}

function matrixOf({ op, shape }: WeightStatistics): PatternMatrix {
  const product = (sizes: number[]) => sizes.reduce((all, size) => all * size, 1);
  return op === 'DEPTHWISE_CONV_2D'
    ? { rows: product(shape.slice(0, -1)), columns: shape.at(-1)! }
    : { rows: shape[0]!, columns: product(shape.slice(1)) };
}
