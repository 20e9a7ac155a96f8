import { Padding } from '@weightfold/tflite';
import type { OpContext } from '../plan/op-context.js';

/** One axis of a sliding window. */
export interface Axis {
  input: number;
  kernel: number;
  stride: number;
  dilation: number;
}

/**
 * Output size and padding in front of one axis. SAME: ceil(input / stride) outputs, the padding split with the odd element
 * behind; VALID: only whole windows. (TFLite's ComputePaddingWithOffset.)
 */
export function windowAxis(axis: Axis, padding: Padding): { output: number; before: number } {
  const extent = (axis.kernel - 1) * axis.dilation + 1;
  if (padding === Padding.VALID) {
    return { output: Math.ceil((axis.input - extent + 1) / axis.stride), before: 0 };
  }
  const output = Math.ceil(axis.input / axis.stride);
  const total = Math.max(0, (output - 1) * axis.stride + extent - axis.input);
  return { output, before: Math.floor(total / 2) };
}

/** Padding on top and on the left, after checking strides and that the output tensor has the size that follows. */
export function spatialPadding(context: OpContext, axes: [Axis, Axis], padding: Padding): [number, number] {
  const output = context.outputIndex(0);
  const { shape } = context.source(output);
  const before = axes.map((axis, i) => {
    if (axis.stride < 1 || axis.dilation < 1 || axis.kernel < 1) {
      throw context.unsupported('strides, dilations and kernel sizes must be positive', {
        received: `stride ${axis.stride}, dilation ${axis.dilation}, kernel ${axis.kernel}`,
      });
    }
    const window = windowAxis(axis, padding);
    if (window.output !== shape[1 + i]) {
      throw context.unsupported(`wrong ${i === 0 ? 'height' : 'width'} of the output`, {
        tensor: output,
        expected: `${window.output}`,
        received: `${shape[1 + i]}`,
      });
    }
    return window.before;
  });
  return [before[0]!, before[1]!];
}
