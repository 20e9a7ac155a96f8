import type { OpContext } from '../plan/op-context.js';
import { shapeElements } from '../plan/plan.js';

/** Of the kernel: native/kernels/rearrange. */
const maxAxes = 6;

/** Most entries of an operator's tables: a small file can ask for any number of them. */
const maxEntries = 2 ** 22;

/** Evenly spaced offsets. */
export interface Steps {
  count: number;
  step: number;
  first: number;
}

/** How far into the input, in elements, each index of an output's axis leads; or `filled`. */
export type Axis = Steps | readonly number[];

/** Entry of an axis where the output is filled instead. */
export const filled = -1;

export function steps(count: number, step: number, first = 0): Steps {
  return { count, step, first };
}

/** Steps in elements along every dimension of a row-major tensor. */
export function strides(shape: readonly number[]): number[] {
  const steps = [...shape];
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    steps[i] = step;
    step *= shape[i]!;
  }
  return steps;
}

/** 0, 1, … count − 1, for tables that follow no rule. @throws UnsupportedError when that is too many */
export function indices(context: OpContext, count: number): number[] {
  if (count <= maxEntries) return Array.from({ length: count }, (_, i) => i);
  throw context.unsupported('the operator needs too large a table', {
    expected: `at most ${maxEntries} entries`,
    received: `${count}`,
  });
}

const sizeOf = (axis: Axis) => ('count' in axis ? axis.count : axis.length);

/**
 * Moves elements of the model's tensor `x` to `y`: for each index of the output, `axes`, outermost first, say how far into the input
 * it leads; the sum is the element. `constant` is the plan's tensor to read instead of the model's `x`; `fill` the code where an entry
 * is `filled`, 0 for types of more than a byte.
 */
export function emitRearrange(
  context: OpContext,
  x: number,
  y: number,
  axes: readonly Axis[],
  { constant, fill = 0 }: { constant?: number; fill?: number } = {},
): void {
  const to = context.expectType(y, context.source(x).type);
  const count = axes.reduce((product, axis) => product * sizeOf(axis), 1);
  if (count !== shapeElements(to.shape)) {
    const received = `[${to.shape}]`;
    throw context.unsupported('wrong shape', { tensor: y, expected: `${count} elements`, received });
  }
  emitMoves(context, constant ?? context.use(x), context.use(y), axes, fill);
}

/** The same between tensors of the plan, of one type; the output has as many elements as the axes say. */
export function emitMoves(
  context: OpContext,
  from: number,
  to: number,
  axes: readonly Axis[],
  fill = 0,
): void {
  const { base, run, rest } = joinInner(axes);
  const total = rest.reduce((sum, axis) => sum + sizeOf(axis), 0);
  indices(context, total);
  const tables = rest.map((axis) => ('count' in axis ? entries(axis) : axis));
  const table = context.constant('table', Int32Array.from(tables.flat()));
  context.emit('REARRANGE', [from, table], [to], [base, run, fill, ...tables.map((t) => t.length)]);
}

function entries({ count, step, first }: Steps): number[] {
  return Array.from({ length: count }, (_, i) => first + i * step);
}

/** Takes from the inside the axes that step from one element to the next: they make runs of elements that are copied at once. */
function joinInner(axes: readonly Axis[]): { base: number; run: number; rest: Axis[] } {
  let [base, run] = [0, 1];
  const isRun = (axis: Axis | undefined): axis is Steps =>
    axis !== undefined && 'count' in axis && (axis.count === 1 || axis.step === run);
  const rest = [...axes];
  for (let last = rest.at(-1); isRun(last); last = rest.at(-1)) {
    base += last.first;
    run *= last.count;
    rest.pop();
  }
  const others = rest.filter((axis) => !('count' in axis && axis.count === 1 && axis.first === 0));
  while (others.length < maxAxes) others.unshift([0]);
  return { base, run, rest: others };
}
