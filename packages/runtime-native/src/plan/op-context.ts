import { UnsupportedError } from '@weightfold/base';
import {
  dtypeName,
  type Model,
  type OperatorT,
  operatorName,
  type SubGraphT,
  type TensorT,
  TensorType,
  tensorData,
  typedData,
} from '@weightfold/tflite';
import type { ElementLoops } from './element-loops.js';
import {
  elementBytes,
  maxRank,
  type OpKind,
  type Plan,
  type PlanTensor,
  type RoundingMode,
  sameShape,
  shapeElements,
} from './plan.js';
import { type ConstantData, type PlanTensors, planTypes, tensorName } from './tensors.js';
import { isUnsigned, signedZeroPoint } from './unsigned.js';
import type { Variables } from './variables.js';

interface Located {
  operator: OperatorT;
  index: number;
  name: string;
  macs: number;
}

export interface Quantized {
  shape: readonly number[];
  scale: number;
  zeroPoint: number;
}

const noScales = new Float32Array(0);

/** Everything a lowering needs: the operator's tensors with checks, and how to add to the plan. */
export class OpContext {
  constructor(
    private readonly model: Model,
    private readonly tensors: PlanTensors,
    private readonly plan: Plan,
    readonly variables: Variables,
    readonly op: Located,
  ) {}

  get loops(): ElementLoops {
    return this.tensors.loops;
  }

  get rounding(): RoundingMode {
    return this.plan.rounding;
  }

  /** The operator's options, or their defaults when the file has none. */
  options<T extends object>(type: new () => T): T {
    const options = this.op.operator.builtinOptions;
    return options instanceof type ? options : new type();
  }

  /** An error to throw: names the operator, its index, and the tensor when one is given. */
  unsupported(
    what: string,
    details: { tensor?: number; expected?: string; received?: string; hint?: string },
  ): UnsupportedError {
    const { index, name } = this.op;
    const { tensor, ...rest } = details;
    const where =
      tensor === undefined
        ? `operator ${index} (${name})`
        : `operator ${index} (${name}), tensor ${tensor} (${tensorName(this.tensors.source(tensor), tensor)})`;
    const facts = [
      rest.expected && `expected ${rest.expected}`,
      rest.received && `received ${rest.received}`,
      `operator version ${this.model.operatorCodes[this.op.operator.opcodeIndex]!.version}`,
    ];
    const tail = facts.filter(Boolean).join(', ');
    return new UnsupportedError(`${where}: ${what}${tail ? ` (${tail})` : ''}`, { where, ...rest });
  }

  /** Types and shapes of the operator's tensors: `int8 [1,4], int32 [2] to int8 [1,2]`. */
  describeTensors(): string {
    const { inputs, outputs } = this.op.operator;
    const list = (indices: ArrayLike<number>) =>
      Array.from(indices, (index) => {
        if (index < 0) return 'none';
        const { type, shape } = this.source(index);
        return `${dtypeName(type)} [${shape}]`;
      }).join(', ');
    return `${list(inputs)} to ${list(outputs)}`;
  }

  hasInput(i: number): boolean {
    return (this.op.operator.inputs[i] ?? -1) >= 0;
  }

  inputIndex(i: number): number {
    const index = this.op.operator.inputs[i] ?? -1;
    if (index < 0) throw this.unsupported(`input ${i} is missing`, {});
    return index;
  }

  outputIndex(i: number): number {
    const index = this.op.operator.outputs[i] ?? -1;
    if (index < 0) throw this.unsupported(`output ${i} is missing`, {});
    return index;
  }

  source(index: number): TensorT {
    return this.tensors.source(index);
  }

  /** An int8 activation or weight, quantized per tensor: its shape, scale and zero point. */
  int8(index: number): Quantized {
    return this.quantized(index, TensorType.INT8);
  }

  /** The same for other codes: int8, int16 or int32. */
  quantized(index: number, type: TensorType): Quantized {
    const tensor = this.expectType(index, type);
    const scale = tensor.quantization?.scale ?? noScales;
    const zeroPoint = signedZeroPoint(tensor);
    if (scale.length !== 1 || !(scale[0]! > 0) || !Number.isFinite(scale[0]!)) {
      const received = scale.length === 0 ? 'no quantization' : `${scale.length} scales (first ${scale[0]})`;
      throw this.unsupported('the tensor is not quantized per tensor', {
        tensor: index,
        expected: 'one positive scale',
        received,
      });
    }
    const limit = type === TensorType.INT8 ? 128 : 32768;
    if (zeroPoint < -limit || zeroPoint >= limit) {
      throw this.unsupported('wrong zero point', {
        tensor: index,
        expected: `-${limit} to ${limit - 1}`,
        received: `${zeroPoint}`,
      });
    }
    return { shape: tensor.shape, scale: scale[0]!, zeroPoint };
  }

  /** Quantized uint8 passes for int8. */
  expectType(index: number, type: TensorType): TensorT {
    const tensor = this.source(index);
    if (tensor.sparsity) throw this.unsupported('sparse tensors are not supported', { tensor: index });
    if (tensor.type === type || (type === TensorType.INT8 && isUnsigned(tensor))) return tensor;
    throw this.unsupported('wrong element type', {
      tensor: index,
      expected: dtypeName(type),
      received: dtypeName(tensor.type),
      ...(type === TensorType.INT8
        ? {
            hint: 'Networks run here in int8, float32 only around them: convert with full integer quantization.',
          }
        : {}),
    });
  }

  expectRank(index: number, rank: number): void {
    const { shape } = this.source(index);
    if (shape.length === rank) return;
    throw this.unsupported('wrong rank', { tensor: index, expected: `${rank}`, received: `[${shape}]` });
  }

  expectShape(index: number, shape: readonly number[]): void {
    const received = this.source(index).shape;
    if (sameShape(received, shape)) return;
    throw this.unsupported('wrong shape', {
      tensor: index,
      expected: `[${shape}]`,
      received: `[${received}]`,
    });
  }

  /** Numbers of a constant int32 or int64 tensor: axes, paddings, permutations. */
  integers(index: number): number[] {
    const tensor = this.source(index);
    const data = tensorData(this.model, tensor) ? typedData(this.model, tensor) : null;
    if (data && (tensor.type === TensorType.INT32 || tensor.type === TensorType.INT64)) {
      return Array.from(data as Int32Array | BigInt64Array, Number);
    }
    throw this.unsupported('must be a constant int32 or int64', {
      tensor: index,
      received: `${data ? 'constant' : 'computed'} ${dtypeName(tensor.type)}`,
    });
  }

  /** Constant int8 data of a weight tensor. */
  int8Data(index: number): Int8Array {
    const tensor = this.expectType(index, TensorType.INT8);
    const data = typedData(this.model, tensor);
    if (data instanceof Int8Array) return data;
    if (data) return this.tensors.signed(data as Uint8Array); // only uint8 is taken for int8
    throw this.unsupported('weights must be constant', { tensor: index });
  }

  /** Zero point of a tensor with one, as int8 if it is uint8. */
  zeroPoint(index: number): number {
    return signedZeroPoint(this.source(index));
  }

  /** Whether a tensor holds uint8 codes, which ops see as int8. */
  isUnsigned(index: number): boolean {
    return isUnsigned(this.source(index));
  }

  isConstant(index: number): boolean {
    return tensorData(this.model, this.source(index)) !== null;
  }

  /** Whether a tensor is an output of the model, which needs memory of its own. */
  isEndpoint(index: number): boolean {
    return this.model.subgraphs[0]!.outputs.includes(index);
  }

  /** Another subgraph of the model. */
  subgraph(index: number): SubGraphT | undefined {
    return this.model.subgraphs[index];
  }

  /** The name of an operator of any subgraph. */
  nameOf(operator: OperatorT): string {
    return operatorName(this.model, operator);
  }

  /** The data of a constant tensor of any subgraph, or null. */
  dataOf(tensor: TensorT): Uint8Array | null {
    return tensorData(this.model, tensor);
  }

  /** A tensor of the plan. */
  planTensor(index: number): PlanTensor {
    return this.tensors.list[index]!;
  }

  /** Tensor of the plan for a tensor of the model. */
  use(index: number): number {
    const { type, shape } = this.source(index);
    if (planTypes[type] && shape.length <= maxRank && shapeElements(shape) > 0)
      return this.tensors.use(index);
    throw this.unsupported('no kernel handles such a tensor', {
      tensor: index,
      expected: `${Object.keys(elementBytes).join(', ')} of at most ${maxRank} dimensions, none empty`,
      received: `${dtypeName(type)} [${shape}]`,
    });
  }

  constant(name: string, data: ConstantData, shape?: number[], zeroPoint?: number): number {
    return this.tensors.constant(`${this.op.index}/${name}`, data, shape ?? [data.length], zeroPoint);
  }

  /** An activation of the operator's own, of the type and quantization of the plan's tensor `like`. */
  temporary(name: string, like: number, shape: readonly number[]): number {
    return this.tensors.temporary(`${this.op.index}/${name}`, like, [...shape]);
  }

  /** Lets the output stand for the input's memory: no op at all. State changes later, so it is copied. */
  share(output: number, input: number): void {
    if (this.source(input).isVariable) this.emit('COPY', [this.use(input)], [this.use(output)], []);
    else this.tensors.share(output, input);
  }

  emit(kind: OpKind, inputs: number[], outputs: number[], parameters: number[]): void {
    const { name, index: source, macs } = this.op;
    this.plan.ops.push({ kind, name, source, inputs, outputs, parameters, macs });
  }
}
