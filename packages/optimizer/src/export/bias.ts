import type { QuantizedLayer } from '../training/fold.js';

export interface QuantizedBias {
  codes: Int8Array;
  /** Binary32 weight scales, one or one for each channel. */
  scales: Float32Array;
  bias: Int32Array;
}

const largest = 2 ** 31 - 1;

/**
 * Biases as int32 in steps of fround(input scale × weight scale). Where a bias would overflow (a channel whose weights are
 * nearly 0 beside its bias), the channel's weight scale is widened until it fits, or the layer's where it has only one;
 * the codes of a widened channel become the nearest ones of the layer's own codes, so that zeros and codebook stay.
 */
export function quantizeBias(layer: QuantizedLayer, inputScale: number, perTensor: boolean): QuantizedBias {
  const scales = perTensor ? layer.scales.slice(0, 1) : layer.scales.slice();
  const column = (channel: number) => (perTensor ? 0 : channel);
  layer.bias.forEach((bias, channel) => {
    // A little more than needed, so that rounding the product of scales to binary32 cannot bring the overflow back.
    const needed = Math.fround((Math.abs(bias) / largest / inputScale) * (1 + 2 ** -20));
    scales[column(channel)] = Math.max(scales[column(channel)]!, needed);
  });
  const bias = Int32Array.from(layer.bias, (value, channel) =>
    Math.round(value / Math.fround(scales[column(channel)]! * inputScale)),
  );
  return { codes: rescale(layer, (channel) => scales[column(channel)]!), scales, bias };
}

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
