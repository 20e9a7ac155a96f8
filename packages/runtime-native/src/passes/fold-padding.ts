import type { Plan, PlanOp } from '../plan/plan.js';
import type { PlanTensors } from '../plan/tensors.js';
import { opTraits } from './traits.js';
import { findUses } from './uses.js';
import { paddingBefore, windowExtent } from './window.js';

/**
 * A PAD that only convolutions read, with zero points around height and width, is padding of theirs: they read what it reads.
 * The other sides need no parameter: how far windows reach follows from the output's size.
 */
export function foldPadding(plan: Plan, tensors: PlanTensors): void {
  if (!plan.ops.some(({ kind }) => kind === 'PAD')) return;
  const uses = findUses(plan, tensors);
  const folded = new Set<PlanOp>();
  for (const op of plan.ops) {
    const output = op.outputs[0]!;
    const use = uses.get(output);
    if (!use || use.endpoint || use.tensors.size > 1 || !isZeroPadding(plan, op)) continue;
    if (!use.readers.every((reader) => canPad(plan, reader, op))) continue;
    folded.add(op);
    for (const reader of use.readers) {
      reader.inputs[0] = op.inputs[0]!;
      for (const axis of [0, 1]) reader.parameters[paddingBefore(axis)]! += before(op, axis);
    }
  }
  plan.ops = plan.ops.filter((op) => !folded.has(op));
}

/** Whether an op reads windows of what PAD gives, and these reach into the image. */
function canPad(plan: Plan, reader: PlanOp, pad: PlanOp): boolean {
  if (!opTraits[reader.kind]?.window || reader.inputs.lastIndexOf(pad.outputs[0]!) !== 0) return false;
  const padding = (axis: number) => reader.parameters[paddingBefore(axis)]! + before(pad, axis);
  return [0, 1].every((axis) => padding(axis) < windowExtent(plan, reader, axis));
}

const before = (pad: PlanOp, axis: number) => pad.parameters[2 + 2 * axis]!;

/** PAD's parameters: before and after of batch, height, width and channels, then the code. */
function isZeroPadding(plan: Plan, { kind, inputs, outputs, parameters }: PlanOp): boolean {
  if (kind !== 'PAD') return false;
  const [input, output] = [plan.tensors[inputs[0]!]!, plan.tensors[outputs[0]!]!];
  const around = [parameters[0], parameters[1], parameters[6], parameters[7]];
  return (
    input.location === 'arena' &&
    input.shape.length === 4 &&
    around.every((amount) => amount === 0) &&
    parameters[8] === output.zeroPoint &&
    input.zeroPoint === output.zeroPoint
  );
}
