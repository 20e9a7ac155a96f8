import type { Plan, PlanOp } from '../plan/plan.js';

/** Along an axis, 0 the height and 1 the width: pixels from the first to the last that windows of input 0 touch, padding included. */
export function windowExtent(plan: Plan, { inputs, outputs, parameters }: PlanOp, axis: number): number {
  const size = (index: number) => plan.tensors[index]!.shape[1 + axis]!;
  const [stride, dilation] = [parameters[axis]!, parameters[2 + axis]!];
  return (size(outputs[0]!) - 1) * stride + (size(inputs[1]!) - 1) * dilation + 1;
}

/** Which parameter is the padding before the image. */
export const paddingBefore = (axis: number) => 4 + axis;
