import {
  BuiltinOperator,
  type BuiltinOptions,
  ModelBuilder,
  type OperatorT,
  type TensorQuantization,
  TensorType,
  writeModel,
} from '@weightfold/tflite';

/** A tensor that is computed, or an input of the model. */
export interface Activation {
  shape: number[];
  /** 0 when it is not quantized. */
  scale: number;
  zero: number;
  /** int8 when it is quantized and float32 when not, unless said. */
  type?: TensorType;
}

export interface Constant {
  shape: number[];
  /** Uint8Array: bools. */
  data: Int8Array | Uint8Array | Int16Array | Int32Array | Float32Array;
  /** By the data, unless said. */
  type?: TensorType;
  quantization?: TensorQuantization;
}

export interface OneOp {
  op: keyof typeof BuiltinOperator;
  version?: number;
  inputs: (Activation | Constant | null)[];
  output: Activation | Activation[];
  optionsType?: BuiltinOptions;
  options?: OperatorT['builtinOptions'];
  /** Makes inputs that the operator is defined for from random bytes: all inputs of the first example, then of the second. */
  examples?: (bytes: Uint8Array) => Uint8Array;
}

export function at(shape: number[], scale = 0.05, zero = -4): Activation {
  return { shape, scale: Math.fround(scale), zero };
}

/** A tensor without quantization, float32 unless another type is given. */
export function plain(shape: number[], type = TensorType.FLOAT32): Activation {
  return { shape, scale: 0, zero: 0, type };
}

/** A constant list, or a constant scalar. */
export function integers(...data: number[]): Constant {
  return { shape: [data.length], data: Int32Array.from(data) };
}
export function scalar(value: number): Constant {
  return { shape: [], data: Int32Array.of(value) };
}

export function pairs(...data: number[]): Constant {
  return { shape: [data.length / 2, 2], data: Int32Array.from(data) };
}

function constantType(data: Constant['data']): TensorType {
  if (data instanceof Int8Array) return TensorType.INT8;
  if (data instanceof Uint8Array) return TensorType.BOOL;
  if (data instanceof Int16Array) return TensorType.INT16;
  return data instanceof Int32Array ? TensorType.INT32 : TensorType.FLOAT32;
}

/** A .tflite of one operator between the model's inputs and outputs. */
export function buildOneOp({ op, version = 1, inputs, output, optionsType, options }: OneOp): Uint8Array {
  const builder = new ModelBuilder('one op');
  const activation = ({ shape, scale, zero, type }: Activation, name: string) => {
    if (scale === 0) return builder.addTensor({ name, shape, type: type ?? TensorType.FLOAT32 });
    const quantization = { scale: [scale], zeroPoint: [zero] };
    return builder.addTensor({ name, shape, type: type ?? TensorType.INT8, quantization });
  };
  const graphInputs: number[] = [];
  const indices = inputs.map((input, i) => {
    if (!input) return -1;
    if ('data' in input)
      return builder.addTensor({ name: `c${i}`, type: constantType(input.data), ...input });
    graphInputs.push(activation(input, `x${i}`));
    return graphInputs.at(-1)!;
  });
  const outputs = [output].flat().map((one, i) => activation(one, `y${i}`));
  const spec = { builtin: BuiltinOperator[op], version, inputs: indices, outputs };
  builder.addOperator({ ...spec, ...(optionsType ? { optionsType, options: options ?? null } : {}) });
  return writeModel(builder.build(graphInputs, outputs));
}
