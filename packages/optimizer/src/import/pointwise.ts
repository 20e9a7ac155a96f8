import type { ConvolutionNode } from '../graph/graph.js';

/** A dense layer at each place of an image: a convolution of one pixel, without activation. */
export function pointwiseNode(
  name: string,
  from: string,
  inputChannels: number,
  channels: number,
): ConvolutionNode {
  return {
    op: 'CONV_2D',
    name,
    inputs: [from],
    channels,
    inputChannels,
    groups: 1,
    kernel: [1, 1],
    strides: [1, 1],
    dilations: [1, 1],
    padding: 'VALID',
    batchNorm: null,
    activation: 'NONE',
  };
}
