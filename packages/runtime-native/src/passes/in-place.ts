import { type Border, noBorder, type Plan, type PlanOp, sameShape } from '../plan/plan.js';
import type { PlanTensors } from '../plan/tensors.js';
import { opTraits } from './traits.js';
import type { Use } from './uses.js';

/** Lets element-wise ops write over an input that nothing needs after them: the arena becomes smaller. */
export function workInPlace(plan: Plan, tensors: PlanTensors, uses: Map<number, Use>): void {
  for (const op of plan.ops) {
    if (!opTraits[op.kind]?.inPlace) continue;
    const output = tensors.storage(op.outputs[0]!);
    const written = uses.get(output);
    if (!written) continue; // state has memory of its own
    const input = op.inputs.find((index) => canReplace(plan, tensors, uses, op, index));
    if (input === undefined) continue;
    const replaced = uses.get(tensors.storage(input))!;
    tensors.shareStorage(output, input);
    // From here on the two are one, with the output's readers to come.
    replaced.readers = written.readers;
    for (const tensor of written.tensors) replaced.tensors.add(tensor);
    replaced.endpoint = written.endpoint;
    uses.delete(output);
  }
}

function canReplace(
  plan: Plan,
  tensors: PlanTensors,
  uses: Map<number, Use>,
  op: PlanOp,
  index: number,
): boolean {
  if (index < 0) return false;
  const [input, output] = [plan.tensors[index]!, plan.tensors[op.outputs[0]!]!];
  const use = uses.get(tensors.storage(index));
  return (
    use !== undefined &&
    !use.endpoint &&
    use.readers.at(-1) === op &&
    tensors.storage(index) !== tensors.storage(op.outputs[0]!) &&
    input.bytes === output.bytes &&
    sameBorder(input.border, output.border) &&
    sameShape(input.shape.slice(-4), output.shape.slice(-4))
  );
}

function sameBorder(a: Border = noBorder, b: Border = noBorder): boolean {
  return a.top === b.top && a.bottom === b.bottom && a.left === b.left && a.right === b.right;
}
