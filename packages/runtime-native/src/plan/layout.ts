import { planArena } from './arena.js';
import type { Lifetime } from './lifetimes.js';
import type { Plan, PlanTensor } from './plan.js';
import type { PlanTensors } from './tensors.js';

const constantAlignment = 64;

/**
 * Gives every activation its place; tensors that share memory live as one.
 * @param keepInputs nothing else takes the inputs' place
 */
export function placeActivations(plan: Plan, tensors: PlanTensors, keepInputs: boolean): void {
  const lifetimes = new Map<number, Lifetime & { block: number }>();
  const touch = (index: number, op: number) => {
    if (index < 0 || plan.tensors[index]!.location !== 'arena') return;
    const storage = tensors.storage(index);
    const known = lifetimes.get(storage);
    const { bytes } = plan.tensors[index]!;
    if (known) {
      known.first = Math.min(known.first, op);
      known.last = Math.max(known.last, op);
    } else lifetimes.set(storage, { bytes, first: op, last: op, block: lifetimes.size });
  };
  for (const index of plan.inputs) touch(index, 0);
  plan.ops.forEach((op, at) => {
    for (const index of op.inputs) touch(index, at);
    for (const index of op.outputs) touch(index, at);
  });
  for (const index of plan.outputs) touch(index, plan.ops.length);
  if (keepInputs) for (const index of plan.inputs) touch(index, plan.ops.length);
  const { offsets, bytes, liveBytes } = planArena([...lifetimes.values()]);
  plan.tensors.forEach((tensor, index) => {
    const lifetime = tensor.location === 'arena' ? lifetimes.get(tensors.storage(index)) : undefined;
    if (lifetime) tensor.offset = offsets[lifetime.block]!;
  });
  plan.arenaBytes = bytes;
  plan.liveBytes = liveBytes;
}

/** Leaves out tensors that no op uses any more: paddings that were folded, outputs that were fused away. */
export function dropUnused(plan: Plan): void {
  const used = new Set([...plan.inputs, ...plan.outputs]);
  for (const { inputs, outputs } of plan.ops) {
    for (const index of inputs) if (index >= 0) used.add(index);
    for (const index of outputs) used.add(index);
  }
  if (used.size === plan.tensors.length) return;
  const kept = plan.tensors.map((_, index) => index).filter((index) => used.has(index));
  const position = new Map(kept.map((index, at) => [index, at]));
  const move = (list: number[]) => list.map((index) => position.get(index) ?? -1);
  plan.tensors = kept.map((index) => plan.tensors[index]!);
  plan.inputs = move(plan.inputs);
  plan.outputs = move(plan.outputs);
  for (const op of plan.ops) {
    op.inputs = move(op.inputs);
    op.outputs = move(op.outputs);
  }
}

/** Gives everything in the data section its place, the state's initial values first. Returns the section's bytes. */
export function placeData(tensors: readonly PlanTensor[]): number {
  let bytes = 0;
  for (const tensor of inDataSection(tensors)) {
    tensor.offset = Math.ceil(bytes / constantAlignment) * constantAlignment;
    bytes = tensor.offset + tensor.bytes;
  }
  return bytes;
}

/** What stands in the data section, in its order. */
export function inDataSection(tensors: readonly PlanTensor[]): PlanTensor[] {
  const at = (location: PlanTensor['location']) => tensors.filter((one) => one.location === location);
  return [...at('state'), ...at('data')];
}
