import { scaleFrom } from '../constraints/scale-grid.js';
import type { QuantizedLayer } from '../training/fold.js';

export interface QuantizedBias {
  codes: Int8Array;
  /** Binary32 weight scales, one or one for each channel. */
  scales: Float32Array;
  bias: Int32Array;
}

const largest = 2 ** 31 - 1;

export interface BiasOptions {
  inputScale: number;
  /** Scale of the layer's output, by which grids of biases count. */
  outputScale: number;
  /** One scale for the layer. */
  perTensor: boolean;
}

/**
 * Biases as int32 in steps of fround(input scale × weight scale). Where a bias would overflow (a channel whose weights are
 * nearly 0 beside its bias), the channel's weight scale is widened until it fits, or the layer's where it has only one;
 * the codes of a widened channel become the nearest ones of the layer's own codes, so that zeros and codebook stay. On a grid of
 * biases, their low bits are 0.
 */
export function quantizeBias(layer: QuantizedLayer, options: BiasOptions): QuantizedBias {
  const { inputScale, outputScale, perTensor } = options;
  const { metadata } = layer;
  const scales = perTensor ? layer.scales.slice(0, 1) : layer.scales.slice();
  const column = (channel: number) => (perTensor ? 0 : channel);
  layer.bias.forEach((bias, channel) => {
    // A little more than needed, so that rounding the product of scales to binary32 cannot bring the overflow back.
    const needed = Math.fround((Math.abs(bias) / largest / inputScale) * (1 + 2 ** -20));
    if (needed <= scales[column(channel)]!) return;
    scales[column(channel)] = metadata ? scaleFrom(needed, metadata.scalesPerOctave) : needed;
  });
  const bias = Int32Array.from(layer.bias, (value, channel) => {
    const step = Math.fround(scales[column(channel)]! * inputScale);
    const grid = metadata ? powerOfTwo((metadata.biasSteps * outputScale) / step) : 1;
    const multiple = Math.round(value / step / grid) * grid;
    return Math.max(-largest, Math.min(largest, multiple));
  });
  return { codes: rescale(layer, (channel) => scales[column(channel)]!), scales, bias };
}

/** The largest power of two that is not above a value, at least 1. */
const powerOfTwo = (value: number): number => 2 ** Math.max(0, Math.floor(Math.log2(value)));

/** The layer's codes where channels have these scales in place of its own. */
function rescale({ codes, scales }: QuantizedLayer, widened: (channel: number) => number): Int8Array {
  const channels = scales.length;
  if (scales.every((scale, channel) => scale === widened(channel))) return codes;
  const own = [...new Set(codes)];
  return codes.map((code, i) => {
    const ratio = scales[i % channels]! / widened(i % channels);
    return ratio === 1 ? code : nearest(own, code * ratio);
  });
}

function nearest(codes: number[], value: number): number {
  return codes.reduce((best, code) => (Math.abs(code - value) < Math.abs(best - value) ? code : best));
}
