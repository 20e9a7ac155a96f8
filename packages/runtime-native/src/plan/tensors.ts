import { UnsupportedError } from '@weightfold/base';
import {
  dtypeName,
  type Model,
  type SubGraphT,
  type TensorT,
  TensorType,
  tensorBytes,
  tensorData,
} from '@weightfold/tflite';
import type { ElementLoops } from './element-loops.js';
import { elementBytes, type PlanTensor, type PlanType, shapeElements } from './plan.js';
import { isUnsigned, signedZeroPoint, unsignedOffset } from './unsigned.js';

/** Contents of a constant; Uint16Array for tables of unsigned numbers, which the plan calls int16. */
export type ConstantData = Int8Array | Int16Array | Uint16Array | Int32Array | Float32Array;

function typeOf(data: ConstantData): PlanType {
  if (data instanceof Int32Array) return 'int32';
  if (data instanceof Int8Array) return 'int8';
  return data instanceof Float32Array ? 'float32' : 'int16';
}

/** Most bytes of constants that are not in the model: a small file can ask for any number of tables. */
const maxMadeBytes = 2 ** 28;

/** The tensor table of a plan while it is being made: tensors of the model as ops use them, and constants of our own. */
export class PlanTensors {
  readonly list: PlanTensor[] = [];
  /** Bytes of constants that are not in the model. */
  private made = 0;
  private readonly fromModel = new Map<number, number>();
  /** For a tensor that shares another's memory: which. */
  private readonly shared = new Map<number, number>();

  constructor(
    private readonly model: Model,
    private readonly graph: SubGraphT,
    readonly loops: ElementLoops,
  ) {}

  source(index: number): TensorT {
    return this.graph.tensors[index]!;
  }

  /** The plan's tensor for a tensor of the model. */
  use(index: number): number {
    const known = this.fromModel.get(index);
    if (known !== undefined) return known;
    const tensor = this.source(index);
    const constant = tensorData(this.model, tensor);
    const data = tensor.isVariable
      ? resetValue(tensor)
      : constant && isUnsigned(tensor)
        ? new Uint8Array(this.signed(constant).buffer)
        : constant;
    const location = tensor.isVariable ? 'state' : data ? 'data' : 'arena';
    const made = like(tensor, index, location, data);
    if (data && data.length > made.bytes) made.data = data.subarray(0, made.bytes);
    const created = this.add(made);
    this.fromModel.set(index, created);
    return created;
  }

  /** Codes of uint8 as int8. */
  signed(codes: Uint8Array): Int8Array {
    const signed = new Int8Array(codes.length);
    this.loops.shiftCodes(codes, unsignedOffset, 0, signed);
    return signed;
  }

  /** State with the type and shape of a tensor of the model. Without an initial value it starts as TFLite Micro's variables do. */
  state(name: string, tensor: TensorT, index: number, initial: Uint8Array | null): number {
    const made = like(tensor, index, 'state', initial ?? resetValue(tensor));
    made.name = name;
    return this.add(made);
  }

  /**
   * A constant that is not in the model: multipliers, shifts, tables, weights in another order.
   * @throws UnsupportedError when these need more memory than any network should
   */
  constant(name: string, data: ConstantData, shape: number[], zeroPoint = 0): number {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.made += bytes.length;
    if (this.made > maxMadeBytes) {
      throw new UnsupportedError(`${name}: tables and constants made for the operators are too large`, {
        where: name,
        expected: `at most ${maxMadeBytes} bytes in all`,
        received: `${this.made} so far`,
      });
    }
    return this.add({
      name,
      type: typeOf(data),
      shape,
      scale: 0,
      zeroPoint,
      bytes: bytes.length,
      location: 'data',
      offset: 0,
      data: bytes,
    });
  }

  /** An activation that is not in the model, of the type and quantization of another tensor of the plan. */
  temporary(name: string, like: number, shape: number[]): number {
    const { type, scale, zeroPoint } = this.list[like]!;
    const bytes = shapeElements(shape) * elementBytes[type];
    return this.add({ name, type, shape, scale, zeroPoint, bytes, location: 'arena', offset: 0, data: null });
  }

  /** Lets the model's tensor `output` stand for the memory of `input`. */
  share(output: number, input: number): void {
    this.shareStorage(this.use(output), this.use(input));
  }

  /** The same for tensors of the plan. */
  shareStorage(output: number, input: number): void {
    this.shared.set(this.storage(output), this.storage(input));
  }

  /** The tensor of the plan whose memory a tensor of the plan has. */
  storage(index: number): number {
    let root = index;
    for (let next = this.shared.get(root); next !== undefined; next = this.shared.get(root)) root = next;
    // So that chains of thousands are followed once.
    for (let at = index; at !== root; ) {
      const next = this.shared.get(at)!;
      this.shared.set(at, root);
      at = next;
    }
    return root;
  }

  /** An input or output of the whole model. One of uint8 has memory of its own: ops see it as int8. */
  endpoint(index: number, what: string): number {
    const source = this.source(index);
    if (isUnsigned(source)) {
      const made = like(source, index, 'arena', null);
      made.type = 'uint8';
      made.zeroPoint += unsignedOffset;
      return this.add(made);
    }
    const created = this.use(index);
    const tensor = this.list[created]!;
    if (tensor.location === 'arena') return created;
    const kind = tensor.location === 'state' ? 'variable' : 'constant';
    throw new UnsupportedError(`The model's ${what} ${tensor.name} is a ${kind}`, { where: tensor.name });
  }

  private add(tensor: PlanTensor): number {
    return this.list.push(tensor) - 1;
  }
}

/** A tensor of the plan with the name, type, shape and quantization of one of the model. */
function like(
  tensor: TensorT,
  index: number,
  location: PlanTensor['location'],
  data: Uint8Array | null,
): PlanTensor {
  return {
    name: tensorName(tensor, index),
    type: isUnsigned(tensor) ? 'int8' : planType(tensor, index),
    shape: tensor.shape.slice(),
    scale: tensor.quantization?.scale.length === 1 ? tensor.quantization.scale[0]! : 0,
    zeroPoint: signedZeroPoint(tensor),
    bytes: tensorBytes(tensor),
    location,
    offset: 0,
    data,
  };
}

/** Types of the model that plans can hold. */
export const planTypes: Partial<Record<TensorType, PlanType>> = {
  [TensorType.INT8]: 'int8',
  [TensorType.UINT8]: 'uint8',
  [TensorType.INT16]: 'int16',
  [TensorType.INT32]: 'int32',
  [TensorType.INT64]: 'int64',
  [TensorType.FLOAT32]: 'float32',
  [TensorType.BOOL]: 'bool',
};

/** What TFLite Micro writes into variables at the start: the zero point of int8, zero of anything else. */
function resetValue(tensor: TensorT): Uint8Array {
  const zeroPoint = tensor.type === TensorType.INT8 ? Number(tensor.quantization?.zeroPoint[0] ?? 0n) : 0;
  return new Uint8Array(tensorBytes(tensor)).fill(zeroPoint);
}

export function tensorName(tensor: TensorT, index: number): string {
  return tensor.name ? String(tensor.name) : `#${index}`;
}

function planType(tensor: TensorT, index: number): PlanType {
  const known = planTypes[tensor.type];
  if (known && shapeElements(tensor.shape) > 0) return known;
  const type = dtypeName(tensor.type);
  const name = tensorName(tensor, index);
  throw new UnsupportedError(
    `Tensor ${name} has type ${type} and shape [${tensor.shape}], which no kernel handles`,
    {
      where: `tensor ${index} (${name})`,
      expected: `${Object.keys(elementBytes).join(', ')}; no empty dimension`,
      received: `${type} [${tensor.shape}]`,
    },
  );
}
