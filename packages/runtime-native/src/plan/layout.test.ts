import fs from 'node:fs';
import path from 'node:path';
import { UnsupportedError } from '@weightfold/base';
import { data, needing, realModels } from '@weightfold/test-support';
import { readModel } from '@weightfold/tflite';
import { expect, it } from 'vitest';
import { lower } from './lower.js';
import type { Plan } from './plan.js';

function planOf(file: string): Plan | null {
  try {
    return lower(readModel(fs.readFileSync(path.join(data, file))));
  } catch (error) {
    if (error instanceof UnsupportedError) return null;
    throw error;
  }
}

/** The most bytes between the first and the last op of a stretch of the arena, counted from the plan's offsets alone. */
function bytesInUse({ tensors, ops, inputs, outputs }: Plan): number {
  const live = new Map<number, Set<string>>();
  const place = (index: number) => `${tensors[index]!.offset} ${tensors[index]!.bytes}`;
  const begun = new Map<string, number>();
  const read = (index: number, at: number) => {
    if (index < 0 || tensors[index]!.location !== 'arena') return;
    for (let op = begun.get(place(index))!; op <= at; op++)
      live.set(op, (live.get(op) ?? new Set()).add(place(index)));
  };
  for (const index of inputs) begun.set(place(index), 0);
  ops.forEach((op, at) => {
    for (const index of op.inputs) read(index, at);
    for (const index of op.outputs) {
      if (!op.inputs.some((input) => input >= 0 && place(input) === place(index)))
        begun.set(place(index), at);
      read(index, at);
    }
  });
  for (const index of outputs) read(index, ops.length);
  const sums = [...live.values()].map((places) =>
    [...places].reduce((sum, one) => sum + Number(one.split(' ')[1]), 0),
  );
  return Math.max(...sums);
}

it('arenas of real models are at most 10 % larger than what lives at once', needing('data'), () => {
  let planned = 0;
  for (const file of realModels) {
    const plan = planOf(file);
    if (plan === null) continue;
    planned++;
    expect.soft(plan.arenaBytes, file).toBeLessThanOrEqual(1.1 * plan.liveBytes);
    expect.soft(plan.arenaBytes, file).toBeGreaterThanOrEqual(plan.liveBytes);
  }
  expect(planned).toBeGreaterThanOrEqual(24);
});

it('what lives at once is what the plan’s places say', needing('data'), () => {
  const plan = planOf('models/mlperf_ic01_resnet8_int8.tflite')!;
  expect(plan.liveBytes).toBe(bytesInUse(plan));
});
