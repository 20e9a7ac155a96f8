import type { Plan, PlanOp } from '../plan/plan.js';
import type { PlanTensors } from '../plan/tensors.js';
import { findUses, type Use } from './uses.js';

/**
 * READ_VARIABLE and ASSIGN_VARIABLE are copies from and to state. Ops read the state itself where nothing changes it before the last of
 * them, and write it themselves where nothing wants its old value any more: then the copies, and their places in the arena, are gone.
 */
export function forwardState(plan: Plan, tensors: PlanTensors): void {
  forward(plan, tensors, readDirectly);
  forward(plan, tensors, writeDirectly);
}

/** Tries a change on every COPY; where it is made, the COPY is gone. */
function forward(
  plan: Plan,
  tensors: PlanTensors,
  change: (copy: PlanOp, context: Context) => boolean,
): void {
  if (!plan.tensors.some(({ location }) => location === 'state')) return;
  const context = new Context(plan, tensors);
  plan.ops = plan.ops.filter((op) => op.kind !== 'COPY' || !change(op, context));
}

/** Readers of a copy of state take the state. */
function readDirectly(op: PlanOp, context: Context): boolean {
  const [state, copy] = [op.inputs[0]!, op.outputs[0]!];
  const use = context.privateUse(copy);
  if (!context.isState(state) || !use || use.writers.length > 1 || !context.isAlike(state, copy))
    return false;
  const last = context.position(use.readers.at(-1) ?? op);
  // An op that reads state without a copy may change it in its place, as SVDF does.
  if (context.isHeld(state) || anyBetween(context.writes(state), context.position(op) + 1, last))
    return false;
  for (const reader of use.readers)
    reader.inputs = reader.inputs.map((index) => (index === copy ? state : index));
  return true;
}

/** The only writer of what is copied to state writes the state. */
function writeDirectly(op: PlanOp, context: Context): boolean {
  const [value, state] = [op.inputs[0]!, op.outputs[0]!];
  const use = context.privateUse(value);
  if (!context.isState(state) || !use || !context.isAlike(value, state)) return false;
  const [writer] = use.writers;
  if (!writer || use.writers.length > 1 || use.readers.length > 1) return false;
  const [from, to] = [context.position(writer), context.position(op) - 1];
  if (anyBetween(context.reads(state), from, to) || anyBetween(context.writes(state), from, to)) return false;
  writer.outputs = writer.outputs.map((index) => (index === value ? state : index));
  return true;
}

/** What the two changes look at; positions are those before any of them. */
class Context {
  private readonly uses: Map<number, Use>;
  private readonly positions: Map<PlanOp, number>;
  private readonly readers = new Map<number, number[]>();
  private readonly writers = new Map<number, number[]>();
  private readonly held = new Set<number>();

  constructor(
    private readonly plan: Plan,
    tensors: PlanTensors,
  ) {
    this.uses = findUses(plan, tensors);
    this.positions = new Map(plan.ops.map((op, at) => [op, at]));
    for (const [at, op] of plan.ops.entries()) {
      for (const index of op.inputs.filter((input) => this.isState(input))) {
        append(this.readers, index, at);
        if (op.kind !== 'COPY') this.held.add(index);
      }
      for (const index of op.outputs.filter((output) => this.isState(output)))
        append(this.writers, index, at);
    }
  }

  position(op: PlanOp): number {
    return this.positions.get(op)!;
  }

  /** Positions of ops that read, or write, a state, in order. */
  reads(state: number): readonly number[] {
    return this.readers.get(state) ?? [];
  }
  writes(state: number): readonly number[] {
    return this.writers.get(state) ?? [];
  }

  isHeld(state: number): boolean {
    return this.held.has(state);
  }

  isState(index: number): boolean {
    return this.plan.tensors[index]?.location === 'state';
  }

  /** The use of an activation that has its memory for itself. */
  privateUse(index: number): Use | null {
    const use = this.uses.get(index);
    return use && !use.endpoint && use.tensors.size === 1 ? use : null;
  }

  /** Whether an op that takes the one may as well take the other. */
  isAlike(a: number, b: number): boolean {
    const [x, y] = [this.plan.tensors[a]!, this.plan.tensors[b]!];
    return x.type === y.type && x.zeroPoint === y.zeroPoint && String(x.shape) === String(y.shape);
  }
}

function append(lists: Map<number, number[]>, key: number, value: number): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

/** Whether sorted positions have one from `low` to `high`, both included. */
function anyBetween(positions: readonly number[], low: number, high: number): boolean {
  let [begin, end] = [0, positions.length];
  while (begin < end) {
    const middle = (begin + end) >> 1;
    if (positions[middle]! < low) begin = middle + 1;
    else end = middle;
  }
  return begin < positions.length && positions[begin]! <= high;
}
