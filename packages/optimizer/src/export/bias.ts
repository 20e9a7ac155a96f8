import type { QuantizedLayer } from '../training/fold.js';

export interface QuantizedBias {
  codes: Int8Array;
  /** Binary32 weight scales, one or one for each channel. */
  scales: Float32Array;
  bias: Int32Array;
}

const largest = 2 ** 31 - 1;

/**
 * Biases as int32 in steps of input scale × weight scale. Where a bias would overflow (a channel whose weights are nearly 0
 * beside its bias), the channel's weight scale is widened until it fits. Codes are kept when that is a matter of rounding;
 * else they become 0: what they add is below 1/200 of the bias' own precision in int8.
 */
export function quantizeBias(layer: QuantizedLayer, inputScale: number, perTensor: boolean): QuantizedBias {
  const codes = Int8Array.from(layer.codes);
  const scales = layer.scales.slice();
  const channels = scales.length;
  layer.bias.forEach((bias, channel) => {
    const needed = Math.fround((Math.abs(bias) / largest / inputScale) * (1 + 2 ** -20));
    if (scales[channel]! >= needed || perTensor) return;
    if (needed > 1.01 * scales[channel]!) for (let i = channel; i < codes.length; i += channels) codes[i] = 0;
    scales[channel] = needed;
  });
  const used = perTensor ? scales.slice(0, 1) : scales;
  const bias = Int32Array.from(layer.bias, (value, channel) => {
    const step = Math.fround(used[perTensor ? 0 : channel]! * inputScale);
    return Math.max(-largest, Math.min(largest, Math.round(value / step)));
  });
  return { codes, scales: used, bias };
}
