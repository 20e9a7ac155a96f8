import { WeightfoldError } from '@weightfold/base';
import { noise } from '@weightfold/test-support';
import { expect, it } from 'vitest';
import { Model } from './index.js';
import { dice } from './test-support/dice.js';
import { buildOneOp } from './test-support/one-op.js';
import { micro } from './test-support/random-ops/index.js';

const maxArenaBytes = 1 << 20;

it.each(Object.entries(micro))('%s: a damaged model runs or is refused with a sentence', (name, generate) => {
  const outcomes = { ran: 0, refused: 0 };
  for (let seed = 0; seed < 60; seed++) {
    const bytes = buildOneOp(generate(dice(7919 * seed + name.length), seed)).slice();
    const edits = noise(64, seed);
    for (let i = 0; i < 1 + (edits[0]! % 4); i++) {
      const at = (edits[3 * i + 1]! * 256 + edits[3 * i + 2]!) % bytes.length;
      bytes[at] = [0, 1, 255, 127, 128, edits[3 * i + 3]!][edits[40 + i]! % 6]!;
    }
    try {
      const model = Model.load(bytes, { maxArenaBytes });
      model.invoke();
      model.dispose();
      outcomes.ran++;
    } catch (error) {
      if (!(error instanceof WeightfoldError)) throw error;
      outcomes.refused++;
    }
  }
  expect(outcomes.ran).toBeGreaterThan(0);
  expect(outcomes.refused).toBeGreaterThan(0);
});
