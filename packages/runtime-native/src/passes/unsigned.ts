import type { Plan } from '../plan/plan.js';
import type { PlanTensors } from '../plan/tensors.js';
import { opTraits } from './traits.js';
import { findUses } from './uses.js';

/**
 * Stores activations as uint8, 128 higher, where every op that touches them can: x86 multiplies unsigned by signed bytes. Inputs
 * and outputs of the model stay as they are.
 */
export function storeUnsigned(plan: Plan, tensors: PlanTensors): void {
  for (const { tensors: shared, writers, readers, endpoint } of findUses(plan, tensors).values()) {
    const list = [...shared].map((index) => plan.tensors[index]!);
    const able = [...writers, ...readers].every(({ kind }) => opTraits[kind]?.codes);
    if (endpoint || !able || list.some(({ type }) => type !== 'int8')) continue;
    for (const tensor of list) {
      tensor.type = 'uint8';
      tensor.zeroPoint += 128;
    }
    for (const op of writers) {
      for (const i of opTraits[op.kind]!.outputCodes ?? []) op.parameters[i]! += 128;
    }
  }
}
