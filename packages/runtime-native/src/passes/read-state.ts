import type { Plan, PlanOp, PlanTensor } from '../plan/plan.js';
import type { PlanTensors } from '../plan/tensors.js';
import { opTraits } from './traits.js';
import { findUses } from './uses.js';

/**
 * Lets ops read a variable where it stands, instead of a copy that READ_VARIABLE made of it, when they run before the variable
 * changes. Copies at the start of a network that are needed at its end would fill the arena.
 */
export function readStateInPlace(plan: Plan, tensors: PlanTensors): void {
  const uses = findUses(plan, tensors);
  const replaced = new Map<number, number>();
  plan.ops.forEach((op, at) => {
    const [state, copy] = [op.inputs[0]!, op.outputs[0]!];
    if (op.kind !== 'COPY' || plan.tensors[state]!.location !== 'state') return;
    const use = uses.get(copy);
    if (!use || use.endpoint || use.tensors.size > 1 || use.writers.length > 1) return;
    const last = plan.ops.indexOf(use.readers.at(-1) ?? op);
    const changes = ({ kind, inputs, outputs }: PlanOp) =>
      outputs.includes(state) || (opTraits[kind]?.changesState && inputs.includes(state));
    const alike = sameTensor(plan.tensors[state]!, plan.tensors[copy]!);
    if (alike && !plan.ops.slice(at, last + 1).some(changes)) replaced.set(copy, state);
  });
  plan.ops = plan.ops.filter(({ outputs }) => !replaced.has(outputs[0]!));
  for (const op of plan.ops) op.inputs = op.inputs.map((index) => replaced.get(index) ?? index);
}

function sameTensor(a: PlanTensor, b: PlanTensor): boolean {
  return a.type === b.type && a.zeroPoint === b.zeroPoint && String(a.shape) === String(b.shape);
}
