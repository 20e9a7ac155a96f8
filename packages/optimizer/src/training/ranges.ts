import type { GraphNode } from '../graph/graph.js';

/** Range of real values at one point of the network. It always contains 0. */
export interface Range {
  min: number;
  max: number;
}

/** Ranges by node name; the network's input is under `input`. */
export type Ranges = Map<string, Range>;

export const inputPoint = 'input';

/** Whether a node's output is quantized by a range of its own. Softmax's is fixed at 1/256, −128. */
export function hasOwnRange(node: GraphNode): boolean {
  return node.op !== 'SOFTMAX' && node.op !== 'DROPOUT';
}

/** The range with 0 in it and never empty. */
export function including0({ min, max }: Range): Range {
  const low = Math.fround(Math.min(0, min));
  const high = Math.fround(Math.max(0, max));
  return high - low < 1e-6 ? { min: low, max: Math.fround(low + 1e-6) } : { min: low, max: high };
}

/** Asymmetric int8 quantization of a range, nudged so that 0 is exact (Jacob et al., 2018, section 3). */
export function activationQuantization(range: Range): { scale: number; zeroPoint: number } {
  const { min, max } = including0(range);
  const scale = Math.fround((max - min) / 255);
  const zeroPoint = Math.max(-128, Math.min(127, Math.floor(-min / scale + 0.5) - 128));
  return { scale, zeroPoint };
}
