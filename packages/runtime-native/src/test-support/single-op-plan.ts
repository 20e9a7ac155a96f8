import { addon } from '../native/addon.js';
import { encodePlan } from '../plan/encode.js';
import { defaultMaxArenaBytes } from '../plan/lower.js';
import {
  elementBytes,
  type OpKind,
  type Plan,
  type PlanTensor,
  type PlanType,
  shapeElements,
} from '../plan/plan.js';

/** An input or output, int8 unless said. */
export interface Activation {
  shape: number[];
  type?: PlanType;
  zeroPoint?: number;
}

export type Numbers = Int8Array | Int16Array | Uint16Array | Int32Array | BigInt64Array;

/** A constant, or the initial value of state. */
export interface Constant {
  shape: number[];
  data: Numbers;
  zeroPoint?: number;
  state?: boolean;
}

export interface SingleOp {
  kind: OpKind;
  inputs: Activation[];
  /** Behind the activations, in the order that the op wants; null for an absent one. */
  constants?: (Constant | null)[];
  output: Activation;
  parameters: number[];
}

/** A plan of one op, made by hand: for known answers that come with multipliers instead of scales. */
export function singleOpPlan({ kind, inputs, constants = [], output, parameters }: SingleOp): Plan {
  const plan: Plan = {
    rounding: 'tflm',
    tensors: [],
    ops: [],
    inputs: [],
    outputs: [],
    arenaBytes: 0,
    liveBytes: 0,
    dataBytes: 0,
  };
  const add = (tensor: Partial<PlanTensor> & { shape: number[] }) => {
    const type = tensor.type ?? 'int8';
    const bytes = shapeElements(tensor.shape) * elementBytes[type];
    const rest = { name: '', scale: 1, zeroPoint: 0, data: null, location: 'arena', offset: 0 } as const;
    plan.tensors.push({ ...rest, ...tensor, type, bytes });
    return plan.tensors.length - 1;
  };
  plan.inputs = inputs.map(add);
  const fixed = constants.map((constant) => {
    if (!constant) return -1;
    const { data, shape, zeroPoint = 0 } = constant;
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return add({
      shape,
      zeroPoint,
      type: typeOf(data),
      data: bytes,
      location: constant.state ? 'state' : 'data',
    });
  });
  plan.outputs = [add(output)];
  plan.ops = [
    {
      kind,
      name: kind,
      source: 0,
      inputs: [...plan.inputs, ...fixed],
      outputs: plan.outputs,
      parameters,
      macs: 0,
    },
  ];
  plan.arenaBytes = place(plan, ['arena']);
  plan.dataBytes = place(plan, ['state', 'data']);
  return plan;
}

/** Lays the tensors of these locations one behind the other. Returns the bytes of all. */
function place({ tensors }: Plan, locations: PlanTensor['location'][]): number {
  let end = 0;
  for (const location of locations) {
    for (const tensor of tensors.filter((one) => one.location === location)) {
      tensor.offset = Math.ceil(end / 64) * 64;
      end = tensor.offset + tensor.bytes;
    }
  }
  return end;
}

function typeOf(data: Numbers): PlanType {
  if (data instanceof Int8Array) return 'int8';
  if (data instanceof Int16Array || data instanceof Uint16Array) return 'int16';
  return data instanceof Int32Array ? 'int32' : 'int64';
}

/** Runs such a plan on one instruction set, once for each list of inputs. Returns the last output. */
export function runPlan(
  plan: Plan,
  isa: string,
  ...steps: (Int8Array | Int16Array)[][]
): Int8Array | Int16Array {
  const native = addon().loadPlan(encodePlan(plan), isa, defaultMaxArenaBytes, 1);
  const view = (index: number) => {
    const { type, offset, bytes } = plan.tensors[index]!;
    return type === 'int16'
      ? new Int16Array(native.arena, offset, bytes / 2)
      : new Int8Array(native.arena, offset, bytes);
  };
  for (const inputs of steps) {
    for (const [i, data] of inputs.entries()) view(plan.inputs[i]!).set(data);
    native.invoke();
  }
  const output = view(plan.outputs[0]!).slice();
  native.dispose(native.arena);
  return output;
}
