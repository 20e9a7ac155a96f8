import { createHash } from 'node:crypto';
import { noise, outputsOf } from '@weightfold/test-support';
import { expect } from 'vitest';
import { Model } from '../index.js';
import { type Dice, dice } from './dice.js';
import { buildOneOp, type OneOp } from './one-op.js';
import { inputBytes, runOurs } from './run.js';

/** Random operators by name. */
export type Generators = Record<string, (dice: Dice, seed: number) => OneOp>;

const examplesEach = 4;

interface Case {
  name: string;
  label: string;
  model: Uint8Array;
  examples: Uint8Array;
  ours: Buffer;
}

/** `count` operators of each generator, and what we make of their examples. */
function casesOf(generators: Generators, count: number): Case[] {
  return Object.entries(generators).flatMap(([name, generate]) =>
    Array.from({ length: count }, (_, i) => {
      const seed = 7919 * i + name.length;
      const one = generate(dice(seed), i);
      const model = buildOneOp(one);
      const loaded = Model.load(model);
      const bytes = noise(examplesEach * inputBytes(loaded), seed + 2);
      const examples = one.examples ? one.examples(bytes) : bytes;
      const ours = runOurs(loaded, examples);
      loaded.dispose();
      const { inputs, output, options } = one;
      return {
        name,
        label: `${name}, case ${i}: ${JSON.stringify({ inputs, output, options })}`,
        model,
        examples,
        ours,
      };
    }),
  );
}

/** SHA-256 of all outputs of each generator. */
function digests(cases: readonly Case[], outputs: readonly Buffer[]): Record<string, string> {
  const hashes = new Map(cases.map(({ name }) => [name, createHash('sha256')]));
  for (const [i, { name }] of cases.entries()) hashes.get(name)!.update(outputs[i]!);
  return Object.fromEntries([...hashes].map(([name, hash]) => [name, hash.digest('hex')]));
}

/** SHA-256 of our outputs for `count` operators of each generator. */
export function ourDigests(generators: Generators, count: number): Record<string, string> {
  const cases = casesOf(generators, count);
  return digests(
    cases,
    cases.map(({ ours }) => ours),
  );
}

/**
 * Expects our outputs to be the judge's, byte for byte, for `count` operators of each generator.
 * @returns SHA-256 of the judge's outputs, by generator
 */
export async function expectLikeJudge(
  judge: 'tflm' | 'litert-ref',
  generators: Generators,
  count: number,
): Promise<Record<string, string>> {
  const cases = casesOf(generators, count);
  const theirs = await outputsOf(judge, cases);
  for (const [i, { label, ours }] of cases.entries()) {
    expect.soft(ours.toString('hex'), label).toBe(theirs[i]!.toString('hex'));
  }
  return digests(cases, theirs);
}
