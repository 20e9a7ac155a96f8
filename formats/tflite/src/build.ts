import type { BuiltinOptions, TensorType } from './generated/tflite.js';
import {
  BuiltinOperator,
  OperatorCodeT,
  OperatorT,
  QuantizationParametersT,
  SubGraphT,
  TensorT,
} from './generated/tflite.js';
import type { Model } from './model.js';

/** Affine quantization of a tensor: real = scale × (code − zeroPoint), per tensor or along one dimension. */
export interface TensorQuantization {
  /** Binary32 values, one, or one for each slice along `dimension`. */
  scale: ArrayLike<number>;
  zeroPoint: ArrayLike<number>;
  dimension?: number;
}

export interface TensorSpec {
  name: string;
  shape: readonly number[];
  type: TensorType;
  quantization?: TensorQuantization;
  /** Constant data, little endian, row-major; absent for activations. */
  data?: ArrayBufferView;
}

export interface OperatorSpec {
  builtin: BuiltinOperator;
  /** Version of the operator as the runtime must support it; 1 when not given. */
  version?: number;
  inputs: readonly number[];
  outputs: readonly number[];
  optionsType?: BuiltinOptions;
  options?: OperatorT['builtinOptions'];
}

/** Builds a model with one subgraph, tensor by tensor and operator by operator, in execution order. */
export class ModelBuilder {
  private readonly graph = new SubGraphT([], [], [], [], 'main');
  private readonly codes: OperatorCodeT[] = [];
  private readonly buffers: Uint8Array[] = [new Uint8Array(0)];

  constructor(private readonly description: string) {}

  /** Adds a tensor and returns its index. */
  addTensor(spec: TensorSpec): number {
    const tensor = new TensorT([...spec.shape], spec.type, this.addBuffer(spec.data), spec.name);
    if (spec.quantization) tensor.quantization = quantizationParameters(spec.quantization);
    this.graph.tensors.push(tensor);
    return this.graph.tensors.length - 1;
  }

  /** Adds an operator; its inputs and outputs are tensor indices, −1 for an optional input that is absent. */
  addOperator(spec: OperatorSpec): void {
    const operator = new OperatorT(
      this.opcode(spec.builtin, spec.version ?? 1),
      [...spec.inputs],
      [...spec.outputs],
    );
    if (spec.optionsType !== undefined) operator.builtinOptionsType = spec.optionsType;
    operator.builtinOptions = spec.options ?? null;
    this.graph.operators.push(operator);
  }

  /** The finished model. */
  build(inputs: readonly number[], outputs: readonly number[]): Model {
    this.graph.inputs = [...inputs];
    this.graph.outputs = [...outputs];
    return {
      version: 3,
      description: this.description,
      operatorCodes: this.codes,
      subgraphs: [this.graph],
      buffers: this.buffers,
      metadata: [],
      metadataBuffer: [],
      signatureDefs: [],
    };
  }

  private addBuffer(data: ArrayBufferView | undefined): number {
    if (!data) return 0;
    this.buffers.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return this.buffers.length - 1;
  }

  private opcode(builtin: BuiltinOperator, version: number): number {
    const known = this.codes.findIndex((code) => code.builtinCode === builtin && code.version === version);
    if (known >= 0) return known;
    const deprecated = Math.min(builtin, BuiltinOperator.PLACEHOLDER_FOR_GREATER_OP_CODES);
    this.codes.push(new OperatorCodeT(deprecated, null, version, builtin));
    return this.codes.length - 1;
  }
}

function quantizationParameters(spec: TensorQuantization): QuantizationParametersT {
  const parameters = new QuantizationParametersT();
  parameters.scale = Float32Array.from(spec.scale);
  parameters.zeroPoint = BigInt64Array.from(Array.from(spec.zeroPoint, BigInt));
  parameters.quantizedDimension = spec.dimension ?? 0;
  return parameters;
}
