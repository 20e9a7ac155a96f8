import { SoftmaxOptionsT, TensorType } from '@weightfold/tflite';
import { quantizeMultiplier } from '../plan/multiplier.js';
import type { OpContext } from '../plan/op-context.js';

/** The sum of more exponentials would leave 32 bits, in TFLite Micro too. */
const maxDepth = 4095;

/** Integer bits of scaled differences in the fixed-point exponential. */
const integerBits = 5;

/**
 * SOFTMAX over the last dimension; the output is always 1/256, −128, or as int16 1/65536, −32768. Constants as in TFLite's PreprocessSoftmaxScaling and
 * CalculateInputRadius.
 */
export function lowerSoftmax(context: OpContext): void {
  const [x, y] = [context.inputIndex(0), context.outputIndex(0)];
  const input = context.int8(x);
  context.expectShape(y, input.shape);
  expectOutput(context, y);
  const depth = input.shape.at(-1);
  if (depth === undefined || depth > maxDepth) {
    throw context.unsupported('the last dimension is too long', {
      tensor: x,
      expected: `at most ${maxDepth}`,
      received: `${depth}`,
    });
  }
  const { beta } = context.options(SoftmaxOptionsT);
  const real = Math.min(beta * input.scale * 2 ** (31 - integerBits), 2 ** 31 - 1);
  if (!(real > 1)) {
    throw context.unsupported('beta × input scale is too small', {
      tensor: x,
      received: `${beta * input.scale}`,
    });
  }
  const { multiplier, shift } = quantizeMultiplier(real);
  const radius = Math.floor(((2 ** integerBits - 1) * 2 ** (31 - integerBits)) / 2 ** shift);
  context.emit('SOFTMAX', [context.use(x)], [context.use(y)], [multiplier, shift, -radius]);
}

/** The codes of probabilities. TFLite Micro takes a scale of int16 that is off by a thousandth. */
function expectOutput(context: OpContext, y: number): void {
  const wide = context.source(y).type === TensorType.INT16;
  const { scale, zeroPoint } = context.quantized(y, wide ? TensorType.INT16 : TensorType.INT8);
  const [expected, zero] = wide ? [2 ** -16, -32768] : [1 / 256, -128];
  if (Math.abs(scale - expected) <= (wide ? expected / 1000 : 0) && zeroPoint === zero) return;
  throw context.unsupported('wrong quantization of the output', {
    tensor: y,
    expected: `scale 1/${1 / expected}, zero point ${zero}`,
    received: `scale ${scale}, zero point ${zeroPoint}`,
  });
}
