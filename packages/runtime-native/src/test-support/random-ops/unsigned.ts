import { TensorType } from '@weightfold/tflite';
import { unsignedOffset } from '../../plan/unsigned.js';
import type { Generators } from '../judge.js';
import type { Activation, Constant, OneOp } from '../one-op.js';

const { INT8, UINT8 } = TensorType;

function activation(tensor: Activation): Activation {
  if (tensor.scale === 0 || (tensor.type ?? INT8) !== INT8) return tensor;
  return { ...tensor, type: UINT8, zero: tensor.zero + unsignedOffset };
}

function constant(tensor: Constant): Constant {
  const { data, quantization } = tensor;
  if (!(data instanceof Int8Array) || !quantization) return tensor;
  return {
    ...tensor,
    type: UINT8,
    data: Uint8Array.from(data, (code) => code + unsignedOffset),
    quantization: {
      ...quantization,
      zeroPoint: Array.from(quantization.zeroPoint, (zero) => zero + unsignedOffset),
    },
  };
}

/** The same operators with codes of uint8 instead of int8. All inputs that are computed must be codes. */
export function unsigned(generate: Generators[string]): Generators[string] {
  return (dice, seed) => {
    const one: OneOp = generate!(dice, seed);
    const { examples } = one;
    return {
      ...one,
      inputs: one.inputs.map((input) => input && ('data' in input ? constant(input) : activation(input))),
      output: Array.isArray(one.output) ? one.output.map(activation) : activation(one.output),
      ...(examples ? { examples: (bytes) => examples(bytes).map((code) => code ^ unsignedOffset) } : {}),
    };
  };
}
