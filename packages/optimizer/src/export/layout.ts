import { outputChannels, type WeightedNode } from '../graph/graph.js';

/** Weights in TFLite's layout, and the dimension that holds output channels. */
export interface TfliteWeights {
  shape: number[];
  codes: Int8Array;
  dimension: number;
}

/**
 * From the training layout (channel last) to TFLite's: convolution and transpose convolution [out, h, w, in], depthwise [1, h, w, channels],
 * fully connected [out, in].
 */
export function toTfliteLayout(node: WeightedNode, codes: Int8Array): TfliteWeights {
  if (node.op === 'DEPTHWISE_CONV_2D')
    return { shape: [1, ...node.kernel, node.channels], codes, dimension: 3 };
  const channels = outputChannels(node);
  const shape =
    node.op === 'FULLY_CONNECTED'
      ? [channels, node.inputUnits]
      : [channels, ...node.kernel, node.inputChannels / node.groups];
  const rows = codes.length / channels;
  const transposed = new Int8Array(codes.length);
  for (let row = 0; row < rows; row++) {
    for (let channel = 0; channel < channels; channel++)
      transposed[channel * rows + row] = codes[row * channels + channel]!;
  }
  return { shape, codes: transposed, dimension: 0 };
}
