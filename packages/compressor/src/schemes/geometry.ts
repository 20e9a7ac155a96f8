import type { ChannelShape, WeightShape } from '@weightfold/container';
import type { TensorShape } from '../regions.js';

/** Distances in bytes between neighbours along each dimension longer than 1, the innermost first. */
export function strides(tensor: TensorShape): number[] {
  const result: number[] = [];
  let stride = tensor.elementSize;
  for (let d = tensor.shape.length - 1; d >= 0; d--) {
    if (tensor.shape[d]! > 1) result.push(stride);
    stride *= tensor.shape[d]!;
  }
  return result;
}

/** How channels lie in a tensor of bytes: by the quantized dimension, else the first or last that is longer than 1. */
export function channelShape(tensor: TensorShape, length: number): ChannelShape {
  const last = tensor.shape.length - 1;
  const dimension = tensor.channelDimension >= 0 ? tensor.channelDimension : tensor.shape[0] === 1 ? last : 0;
  if (dimension === last && last > 0) return { axis: 'inner', length: Math.max(1, tensor.shape[last]!) };
  const count = Math.max(1, tensor.shape[dimension] ?? 1);
  return { axis: 'outer', length: Math.max(1, Math.floor(length / count)) };
}

/** The shape of a tensor of bytes for the codec that models weights: dimensions of one are left out, the outermost ones brought together. */
export function weightShape(tensor: TensorShape, length: number): WeightShape {
  const [, first, second, ...others] = strides(tensor).filter((stride) => stride < length);
  const channels = channelShape(tensor, length);
  const dimensions: number[] = [];
  let stride = 1;
  for (const next of [first, second, others.at(-1)]) {
    if (next === undefined) break;
    dimensions.push(next / stride);
    stride = next;
  }
  const channelsAreColumns = channels.axis === 'inner' && channels.length === (first ?? 1);
  return { dimensions, channelsAreColumns };
}

/** Row lengths in which rANS looks for classes: the input channels, and the whole kernel of an output channel. */
export function rowLengths(tensor: TensorShape | null, length = Number.POSITIVE_INFINITY): number[] {
  if (!tensor) return [4];
  if (tensor.elementSize > 1) return [tensor.elementSize];
  return [...new Set(strides(tensor).filter((stride) => stride > 1 && stride < length))];
}
