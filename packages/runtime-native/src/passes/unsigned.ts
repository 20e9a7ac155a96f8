import type { Plan, PlanOp } from '../plan/plan.js';
import { opTraits } from './traits.js';
import type { Use } from './uses.js';

/**
 * Stores activations as uint8, 128 higher, where every op that touches them can: x86 multiplies unsigned by signed bytes. Inputs
 * and outputs of the model stay as they are.
 */
export function storeUnsigned(plan: Plan, uses: Map<number, Use>): void {
  const takesCodes = ({ kind }: PlanOp) => opTraits[kind]?.codes;
  for (const { tensors: shared, writers, readers, endpoint } of uses.values()) {
    if (endpoint || !writers.every(takesCodes) || !readers.every(takesCodes)) continue;
    const list = Array.from(shared, (index) => plan.tensors[index]!);
    if (list.some(({ type }) => type !== 'int8')) continue;
    for (const tensor of list) {
      tensor.type = 'uint8';
      tensor.zeroPoint += 128;
    }
    for (const op of writers) {
      for (const i of opTraits[op.kind]!.outputCodes ?? []) op.parameters[i]! += 128;
    }
  }
}
