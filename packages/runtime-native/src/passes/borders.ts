import {
  type Border,
  type Plan,
  type PlanOp,
  type PlanTensor,
  sameShape,
  shapeElements,
} from '../plan/plan.js';
import { opTraits } from './traits.js';
import type { Use } from './uses.js';
import { paddingBefore, windowExtent } from './window.js';

/** As many pixels as a plan's record can tell. */
const widest = 0xffff;

/**
 * Stores images with the border that the windows of their readers reach into, so that nothing has to be copied before a convolution.
 * A FILL_BORDER goes before the op that writes the image, because other tensors use that memory in between.
 */
export function addBorders(plan: Plan, uses: Map<number, Use>): void {
  const filled = new Map<PlanOp, PlanOp[]>();
  for (const [index, use] of uses) {
    const border = neededBorder(plan, index, use);
    const [writer] = use.writers;
    if (!border || !writer || !canHaveBorder(plan, index, use)) continue;
    setBorder(plan.tensors[index]!, border);
    const { name, source } = writer;
    const fill: PlanOp = {
      kind: 'FILL_BORDER',
      name,
      source,
      inputs: [],
      outputs: [index],
      parameters: [],
      macs: 0,
    };
    filled.set(writer, [...(filled.get(writer) ?? []), fill]);
  }
  if (filled.size > 0) plan.ops = plan.ops.flatMap((op) => [...(filled.get(op) ?? []), op]);
}

function setBorder(tensor: PlanTensor, border: Border): void {
  const [batch, height, width, channels] = tensor.shape as [number, number, number, number];
  tensor.border = border;
  tensor.bytes = shapeElements([
    batch,
    height + border.top + border.bottom,
    width + border.left + border.right,
    channels,
  ]);
}

/** How far windows reach beyond an image, or null when none does. */
function neededBorder(plan: Plan, index: number, { readers }: Use): Border | null {
  const border = { top: 0, bottom: 0, left: 0, right: 0 };
  for (const op of readers) {
    if (!opTraits[op.kind]?.window || op.inputs[0] !== index) continue;
    const [vertical, horizontal] = [reach(plan, op, 0), reach(plan, op, 1)];
    border.top = Math.max(border.top, vertical.before);
    border.bottom = Math.max(border.bottom, vertical.after);
    border.left = Math.max(border.left, horizontal.before);
    border.right = Math.max(border.right, horizontal.after);
  }
  const most = Math.max(border.top, border.bottom, border.left, border.right);
  return most > 0 && most <= widest ? border : null;
}

/** Pixels before and behind the input that windows touch along an axis. */
function reach(plan: Plan, op: PlanOp, axis: number): { before: number; after: number } {
  const before = op.parameters[paddingBefore(axis)]!;
  const size = plan.tensors[op.inputs[0]!]!.shape[1 + axis]!;
  return { before, after: Math.max(0, windowExtent(plan, op, axis) - before - size) };
}

function canHaveBorder(plan: Plan, index: number, { tensors, writers, readers, endpoint }: Use): boolean {
  const { type, shape } = plan.tensors[index]!;
  const codes = type === 'int8' || type === 'uint8';
  if (endpoint || tensors.size > 1 || !codes || shape.length !== 4 || writers.length !== 1) return false;
  const allows = (op: PlanOp) => {
    const borders = opTraits[op.kind]?.borders;
    if (borders === 'inputs') return !op.outputs.includes(index);
    if (borders === 'first') return sameShapes(plan, [op.inputs[0]!, ...op.outputs]);
    return borders === 'all' || (borders === 'same' && sameShapes(plan, [...op.inputs, ...op.outputs]));
  };
  return writers.every(allows) && readers.every(allows);
}

function sameShapes(plan: Plan, indices: readonly number[]): boolean {
  const { shape } = plan.tensors[indices[0]!]!;
  return indices.every((index) => sameShape(plan.tensors[index]!.shape, shape));
}
