import type { Plan, PlanOp } from '../plan/plan.js';
import type { PlanTensors } from '../plan/tensors.js';
import { opTraits } from './traits.js';
import { findUses } from './uses.js';

/** A multiplier of exactly one: 2^30 × 2^(1 − 30), which rounds nothing. */
const one = { multiplier: 2 ** 30, shift: 1 };

/**
 * RELU and the like behind an op with a fused activation, with the same quantization: the op's range becomes narrower, and it
 * writes where RELU would. Exact, because clamping is all that such a RELU does.
 */
export function fuseActivations(plan: Plan, tensors: PlanTensors): void {
  if (!plan.ops.some(({ kind }) => kind === 'REQUANTIZE')) return;
  const uses = findUses(plan, tensors);
  const fused = new Set<PlanOp>();
  for (const op of plan.ops) {
    if (!isClamp(plan, op)) continue;
    const use = uses.get(op.inputs[0]!);
    const [writer] = use?.writers ?? [];
    // None when it is state: that must not change before this op.
    const output = uses.get(tensors.storage(op.outputs[0]!));
    if (
      !use ||
      !writer ||
      !output ||
      use.endpoint ||
      use.tensors.size > 1 ||
      use.writers.length + use.readers.length > 2
    )
      continue;
    const range = opTraits[writer.kind]?.activation;
    if (!range || fused.has(writer) || writer.outputs.length > 1) continue;
    const [min, max] = op.parameters.slice(2) as [number, number];
    const clamp = (code: number) => Math.min(Math.max(code, min), max);
    for (const i of range) writer.parameters[i] = clamp(writer.parameters[i]!);
    writer.outputs = op.outputs;
    fused.add(op);
    output.writers = output.writers.map((one) => (one === op ? writer : one));
  }
  plan.ops = plan.ops.filter((op) => !fused.has(op));
}

/** A REQUANTIZE that changes nothing but the range. Its parameters: multiplier, shift, min, max. */
function isClamp(plan: Plan, { kind, inputs, outputs, parameters }: PlanOp): boolean {
  if (kind !== 'REQUANTIZE') return false;
  const [input, output] = [plan.tensors[inputs[0]!]!, plan.tensors[outputs[0]!]!];
  return (
    input.location === 'arena' &&
    input.zeroPoint === output.zeroPoint &&
    input.bytes === output.bytes &&
    String(input.shape) === String(output.shape) &&
    parameters[0] === one.multiplier &&
    parameters[1] === one.shift
  );
}
