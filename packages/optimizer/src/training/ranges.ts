import type { Graph, GraphNode } from '../graph/graph.js';

/** Range of real values at one point of the network. It always contains 0. */
export interface Range {
  min: number;
  max: number;
}

/** Ranges by point: the name of a node, or of an input of the graph. */
export type Ranges = Map<string, Range>;

/** Affine quantization of an activation: real = scale × (code − zeroPoint). */
export interface ActivationQuantization {
  scale: number;
  zeroPoint: number;
}

/** Where activations are quantized, and which of them share a quantization. */
export interface QuantizationPoints {
  /** The point whose range a value has; null when its quantization is fixed. */
  pointOf(name: string): string | null;
  /** Quantization that the format fixes, else null. */
  fixedOf(name: string): ActivationQuantization | null;
  /** Whether a node computes new values that have to be quantized, by the range of its point. */
  isQuantizedAt(node: GraphNode): boolean;
}

/** What LiteRT asks for (its quantization specification): the outputs' whole ranges, [0, 1) and [−1, 1). */
const unit = { scale: 1 / 256, zeroPoint: -128 };
const fixed: Partial<Record<GraphNode['op'], ActivationQuantization>> = {
  SOFTMAX: unit,
  LOGISTIC: unit,
  TANH: { scale: 1 / 128, zeroPoint: 0 },
};

/** Ops that move values or choose among them: their output has their input's quantization. */
const passing = new Set<GraphNode['op']>(['RESHAPE', 'MAX_POOL_2D', 'AVERAGE_POOL_2D', 'PAD', 'DROPOUT']);

/**
 * Which values of a graph share a quantization: reshape, pad and pools have their input's, and all inputs of a concatenation
 * have its output's, because it copies codes. A node of constants is quantized by its own values.
 */
export function quantizationPoints(graph: Graph): QuantizationPoints {
  const source = new Map<string, string>(); // where a value was quantized
  const joined = new Map<string, string>(); // points of a concatenation, towards its first
  const find = (point: string): string => {
    const next = joined.get(point);
    return next === undefined ? point : find(next);
  };
  const fixedAt = new Map<string, ActivationQuantization>();
  for (const { name } of graph.inputs) source.set(name, name);
  for (const node of graph.nodes) {
    const { name, op, inputs } = node;
    source.set(name, passing.has(op) ? source.get(inputs[0]!)! : name);
    if (fixed[op]) fixedAt.set(name, fixed[op]);
    if (op !== 'CONCATENATION') continue;
    for (const input of inputs) {
      const point = find(source.get(input)!);
      if (!fixedAt.has(point) && point !== find(name)) joined.set(point, find(name));
    }
  }
  const fixedOf = (name: string) => fixedAt.get(source.get(name)!) ?? null;
  return {
    fixedOf,
    pointOf: (name) => (fixedOf(name) ? null : find(source.get(name)!)),
    isQuantizedAt: ({ name, op }) => source.get(name) === name && op !== 'CONCATENATION' && !fixed[op],
  };
}

/** Observed ranges as the union of what several batches show. */
export function widen(ranges: Ranges, point: string, min: number, max: number): void {
  const old = ranges.get(point);
  ranges.set(point, old ? { min: Math.min(old.min, min), max: Math.max(old.max, max) } : { min, max });
}

/** The range with 0 in it and never empty. */
export function including0({ min, max }: Range): Range {
  const low = Math.fround(Math.min(0, min));
  const high = Math.fround(Math.max(0, max));
  return high - low < 1e-6 ? { min: low, max: Math.fround(low + 1e-6) } : { min: low, max: high };
}

/** Asymmetric int8 quantization of a range, nudged so that 0 is exact (Jacob et al., 2018, section 3). */
export function activationQuantization(range: Range): ActivationQuantization {
  const { min, max } = including0(range);
  const scale = Math.fround((max - min) / 255);
  const zeroPoint = Math.max(-128, Math.min(127, Math.floor(-min / scale + 0.5) - 128));
  return { scale, zeroPoint };
}
