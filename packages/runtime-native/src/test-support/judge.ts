import { noise, outputsOf } from '@weightfold/test-support';
import { expect } from 'vitest';
import { Model } from '../index.js';
import { type Dice, dice } from './dice.js';
import { buildOneOp, type OneOp } from './one-op.js';
import { inputBytes, runOurs } from './run.js';

/** Random operators by name. */
export type Generators = Record<string, (dice: Dice, seed: number) => OneOp>;

const examplesEach = 4;

/** Expects our outputs to be the judge's, byte for byte, for `count` operators of each generator. */
export async function expectLikeJudge(
  judge: 'tflm' | 'litert-ref',
  generators: Generators,
  count: number,
): Promise<void> {
  const cases = Object.entries(generators).flatMap(([name, generate]) =>
    Array.from({ length: count }, (_, i) => {
      const seed = 7919 * i + name.length;
      const one = generate(dice(seed), i);
      const model = buildOneOp(one);
      const loaded = Model.load(model);
      const bytes = noise(examplesEach * inputBytes(loaded), seed + 2);
      const examples = one.examples ? one.examples(bytes) : bytes;
      const ours = runOurs(loaded, examples);
      loaded.dispose();
      return {
        label: `${name}, case ${i}: ${JSON.stringify({ in: one.inputs, out: one.output, o: one.options })}`,
        model,
        examples,
        ours,
      };
    }),
  );
  const theirs = await outputsOf(judge, cases);
  for (const [i, { label, ours }] of cases.entries()) {
    expect.soft(ours.toString('hex'), label).toBe(theirs[i]!.toString('hex'));
  }
}
