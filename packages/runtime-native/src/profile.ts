import type { NativePlan } from './native/addon.js';
import type { Plan, PlanOp } from './plan/plan.js';

/** What one op of the plan took. */
export interface OpProfile {
  /** Kind of the plan's op, which may differ from the model's operator: RELU becomes REQUANTIZE. */
  kind: string;
  /** Operator of the model that it came from: its name, and its index. */
  operator: string;
  source: number;
  /** Name of the tensor that it writes. */
  output: string;
  /** Version of the kernel that was chosen for this CPU. */
  kernel: string;
  /** Median over the runs, in microseconds. */
  us: number;
  /** Multiply-accumulates; 0 for ops that are no matrix products. */
  macs: number;
  /** Part of the sum of all ops, 0 to 1. */
  share: number;
}

/** What is told of an op beside its times. */
export type ProfiledOp = Pick<PlanOp, 'kind' | 'name' | 'source' | 'macs'> & { output: string };

/** The ops of a plan in the order in which they run. */
export function profiledOps({ ops, tensors }: Pick<Plan, 'ops' | 'tensors'>): ProfiledOp[] {
  return ops.map(({ kind, name, source, macs, outputs: [output] }) => {
    return { kind, name, source, macs, output: tensors[output!]!.name };
  });
}

/** Runs a plan `runs` times and takes each op's median. */
export function profileOps(native: NativePlan, ops: readonly ProfiledOp[], runs: number): OpProfile[] {
  const samples = Array.from({ length: runs }, () => {
    const nanoseconds = new Float64Array(ops.length);
    native.profile(nanoseconds);
    return nanoseconds;
  });
  return opProfiles(ops, native.kernels, samples);
}

/** Medians of what each op took, in nanoseconds, by run and op. */
export function opProfiles(
  ops: readonly ProfiledOp[],
  kernels: readonly string[],
  samples: readonly ArrayLike<number>[],
): OpProfile[] {
  const medians = ops.map((_, i) => median(samples.map((times) => times[i]!)) / 1000);
  const total = medians.reduce((sum, us) => sum + us, 0);
  return ops.map(({ kind, name, source, output, macs }, i) => {
    const us = medians[i]!;
    const share = total > 0 ? us / total : 0;
    return { kind, operator: name, source, output, kernel: kernels[i]!, us, macs, share };
  });
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
