import type { FoldedLayer, QuantizedLayer } from '../training/fold.js';

/** How a layer's weights are distributed: as real numbers before export, and as int8 codes in the file. */
export interface LayerDensity {
  layer: string;
  /** Equal bins from min to max. */
  float: { min: number; max: number; counts: number[] };
  /** Counts of the codes −127 to 127. */
  int8: { counts: number[] };
}

const bins = 128;

/** Densities of convolution and dense layers. */
export function densities(float: FoldedLayer[], int8: QuantizedLayer[]): LayerDensity[] {
  return float
    .map((layer, i) => ({ layer, codes: int8[i]!.codes }))
    .filter(({ layer }) => layer.node.op !== 'DEPTHWISE_CONV_2D')
    .map(({ layer, codes }) => ({
      layer: layer.node.name,
      float: floatHistogram(layer.weights),
      int8: codeHistogram(codes),
    }));
}

function floatHistogram(values: Float32Array): LayerDensity['float'] {
  const limit = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  const counts = new Array<number>(bins).fill(0);
  for (const value of values)
    counts[Math.min(bins - 1, Math.floor(((value + limit) / (2 * limit)) * bins))]!++;
  return { min: -limit, max: limit, counts };
}

function codeHistogram(codes: Int8Array): LayerDensity['int8'] {
  const counts = new Array<number>(255).fill(0);
  for (const code of codes) counts[code + 127]!++;
  return { counts };
}
