import { addon } from '../native/addon.js';
import { encodePlan } from '../plan/encode.js';
import { defaultMaxArenaBytes } from '../plan/lower.js';
import { elementBytes, type OpKind, type Plan, type PlanTensor, shapeElements } from '../plan/plan.js';

/** An int8 input or output. */
export interface Activation {
  shape: number[];
  zeroPoint?: number;
}

export type Constant = { shape: number[]; data: Int8Array | Int32Array };

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
    dataBytes: 0,
  };
  const add = (tensor: Partial<PlanTensor> & { shape: number[] }) => {
    const type = tensor.type ?? 'int8';
    const bytes = shapeElements(tensor.shape) * elementBytes[type];
    const total = tensor.data ? 'dataBytes' : 'arenaBytes';
    const offset = Math.ceil(plan[total] / 64) * 64;
    plan[total] = offset + bytes;
    const rest = {
      name: '',
      scale: 1,
      zeroPoint: 0,
      data: null,
      location: tensor.data ? 'data' : 'arena',
    } as const;
    plan.tensors.push({ ...rest, ...tensor, type, bytes, offset });
    return plan.tensors.length - 1;
  };
  plan.inputs = inputs.map(add);
  const fixed = constants.map((constant) => {
    if (!constant) return -1;
    const { data, shape } = constant;
    const type = data instanceof Int8Array ? 'int8' : 'int32';
    return add({ shape, type, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) });
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
  return plan;
}

/** Runs such a plan on one instruction set. */
export function runPlan(plan: Plan, isa: string, inputs: readonly Int8Array[]): Int8Array {
  const native = addon().loadPlan(encodePlan(plan), isa, defaultMaxArenaBytes, 1);
  const view = (index: number) =>
    new Int8Array(native.arena, plan.tensors[index]!.offset, plan.tensors[index]!.bytes);
  for (const [i, data] of inputs.entries()) view(plan.inputs[i]!).set(data);
  native.invoke();
  const output = view(plan.outputs[0]!).slice();
  native.dispose(native.arena);
  return output;
}
