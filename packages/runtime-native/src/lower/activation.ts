import { ActivationFunctionType } from '@weightfold/tflite';
import type { OpContext } from '../plan/op-context.js';

interface Quantization {
  scale: number;
  zeroPoint: number;
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
