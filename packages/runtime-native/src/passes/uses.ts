import type { Plan, PlanOp } from '../plan/plan.js';
import type { PlanTensors } from '../plan/tensors.js';

/** A stretch of arena memory, and who uses it. Tensors that share memory (a reshape) are one. */
export interface Use {
  tensors: Set<number>;
  writers: PlanOp[];
  readers: PlanOp[];
  /** Whether it holds an input or output of the model: its users see it as it is. */
  endpoint: boolean;
}

/** All activations of a plan as it is now, by the tensor whose memory they have. In the order of their first use. */
export function findUses(plan: Plan, tensors: PlanTensors): Map<number, Use> {
  const uses = new Map<number, Use>();
  const at = (index: number): Use | null => {
    if (index < 0 || plan.tensors[index]!.location !== 'arena') return null;
    const storage = tensors.storage(index);
    let use = uses.get(storage);
    if (!use) {
      use = { tensors: new Set(), writers: [], readers: [], endpoint: false };
      uses.set(storage, use);
    }
    use.tensors.add(index);
    return use;
  };
  for (const index of [...plan.inputs, ...plan.outputs]) {
    const use = at(index);
    if (use) use.endpoint = true;
  }
  for (const op of plan.ops) {
    for (const index of op.inputs) at(index)?.readers.push(op);
    for (const index of op.outputs) at(index)?.writers.push(op);
  }
  return uses;
}
