import { ActivationFunctionType, TensorType } from '@weightfold/tflite';
import type { OpContext } from '../plan/op-context.js';
import { shapeElements } from '../plan/plan.js';

interface Quantization {
  scale: number;
  zeroPoint: number;
}

/** An int8 tensor, quantized per tensor. */
export interface Int8Activation extends Quantization {
  shape: readonly number[];
}

/** Code of a real value, rounded half away from zero in binary32, as TFLite's activation ranges are. */
export function quantizeValue(value: number, { scale, zeroPoint }: Quantization): number {
  const steps = Math.fround(value / scale);
  return zeroPoint + Math.sign(steps) * Math.round(Math.abs(steps));
}

/** Range of output codes that a fused activation leaves: TFLite's CalculateActivationRangeQuantized for int8. */
export function activationRange(
  context: OpContext,
  activation: ActivationFunctionType,
  output: Quantization,
): [number, number] {
  return rangeWithin(128, context, activation, output);
}

/** The same for int16. */
export function int16Range(
  context: OpContext,
  activation: ActivationFunctionType,
  output: Quantization,
): [number, number] {
  return rangeWithin(32768, context, activation, output);
}

/** @param limit codes lie from −limit to limit − 1 */
function rangeWithin(
  limit: number,
  context: OpContext,
  activation: ActivationFunctionType,
  output: Quantization,
): [number, number] {
  const most = limit - 1;
  const clip = (min: number, max: number): [number, number] => {
    const low = Math.min(Math.max(-limit, min), most);
    return [low, Math.max(low, Math.min(most, max))];
  };
  const at = (value: number) => quantizeValue(value, output);
  switch (activation) {
    case ActivationFunctionType.NONE:
      return [-limit, most];
    case ActivationFunctionType.RELU:
      return clip(at(0), most);
    case ActivationFunctionType.RELU6:
      return clip(at(0), at(6));
    case ActivationFunctionType.RELU_N1_TO_1:
      return clip(at(-1), at(1));
    default:
      throw context.unsupported('the fused activation is not supported', {
        expected: 'NONE, RELU, RELU6, RELU_N1_TO_1',
        received: ActivationFunctionType[activation] ?? `${activation}`,
      });
  }
}

/** @throws UnsupportedError unless two tensors of the model have equally many elements */
export function expectSameElements(context: OpContext, x: number, y: number): void {
  const [from, to] = [context.source(x).shape, context.source(y).shape];
  if (shapeElements(from) !== shapeElements(to)) context.expectShape(y, from);
}

/** @throws UnsupportedError unless two tensors mean the same by every code */
export function expectSameQuantization(context: OpContext, x: number, y: number): void {
  const type = context.source(x).type === TensorType.INT16 ? TensorType.INT16 : TensorType.INT8;
  const [input, output] = [context.quantized(x, type), context.quantized(y, type)];
  if (input.scale === output.scale && input.zeroPoint === output.zeroPoint) return;
  throw context.unsupported('input and output must share their quantization', {
    tensor: y,
    expected: `scale ${input.scale}, zero point ${input.zeroPoint}`,
    received: `scale ${output.scale}, zero point ${output.zeroPoint}`,
  });
}

/** @throws UnsupportedError unless the output has the quantization that TFLite's specification fixes for the operator */
export function expectQuantization(
  context: OpContext,
  output: Quantization,
  scale: number,
  zeroPoint: number,
): void {
  if (output.scale === scale && output.zeroPoint === zeroPoint) return;
  throw context.unsupported('wrong quantization of the output', {
    tensor: context.outputIndex(0),
    expected: `scale ${scale}, zero point ${zeroPoint}`,
    received: `scale ${output.scale}, zero point ${output.zeroPoint}`,
  });
}
