import { forEachGroup, type SparsityPattern } from '@weightfold/container';
import { readModel, tensorData, weightStatistics } from '@weightfold/tflite';

/**
 * A copy of a .tflite in which every pointwise convolution with int8 weights has at least `part` (0 to 1) of its weights zero, in
 * whole blocks of a pattern (PATTERNS.md): those of smallest mean magnitude. What the optimizer trains towards, without the
 * training: the outputs are worth nothing, the time is the same.
 * @throws TfliteError for a damaged file
 */
export function withZeroBlocks(tflite: Uint8Array, pattern: SparsityPattern, part: number): Uint8Array {
  const copy = tflite.slice();
  const model = readModel(copy);
  for (const { op, dtype, shape, tensorIndex } of weightStatistics(model)) {
    const [rows, height, width, columns] = shape;
    if (op !== 'CONV_2D' || dtype !== 'int8' || height !== 1 || width !== 1) continue;
    const data = tensorData(model, model.subgraphs[0]!.tensors[tensorIndex]!)!;
    const codes = new Int8Array(data.buffer, data.byteOffset, data.length); // in the copy
    zeroSmallest(codes, blocksOf(codes, { rows: rows!, columns: columns! }, pattern), part);
  }
  return copy;
}

interface Block {
  places: Int32Array;
  magnitude: number;
}

function blocksOf(
  codes: Int8Array,
  matrix: { rows: number; columns: number },
  pattern: SparsityPattern,
): Block[] {
  const blocks: Block[] = [];
  forEachGroup(matrix, pattern, (places) => {
    const sum = places.reduce((total, place) => total + Math.abs(codes[place]!), 0);
    blocks.push({ places: places.slice(), magnitude: sum / places.length });
  });
  return blocks.sort((a, b) => a.magnitude - b.magnitude);
}

function zeroSmallest(codes: Int8Array, blocks: Block[], part: number): void {
  let left = part * codes.length;
  for (const { places } of blocks) {
    if (left <= 0) return;
    for (const place of places) codes[place] = 0;
    left -= places.length;
  }
}
