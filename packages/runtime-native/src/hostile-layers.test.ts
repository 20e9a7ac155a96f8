import { WeightfoldError } from '@weightfold/base';
import { noise } from '@weightfold/test-support';
import { readModel } from '@weightfold/tflite';
import { expect, it } from 'vitest';
import { Model } from './index.js';
import { addon } from './native/addon.js';
import { encodePlan, lower } from './plan/index.js';
import { Dice, layerModel } from './test-support/one-layer.js';
import { int16Layers } from './test-support/random-layers/int16.js';
import { recurrentLayers } from './test-support/random-layers/recurrent.js';
import { uint8Layers } from './test-support/random-layers/uint8.js';

const layers = Object.entries({ ...int16Layers, ...recurrentLayers, ...uint8Layers });
const cases = 60;

/** One to four bytes of a copy set to values that are often at an edge. */
function damage(original: Uint8Array, seed: number, limit = original.length): Uint8Array {
  const bytes = original.slice();
  const edits = noise(64, seed);
  for (let i = 0; i < 1 + (edits[0]! % 4); i++) {
    const at = (edits[3 * i + 1]! * 256 + edits[3 * i + 2]!) % Math.min(limit, bytes.length);
    bytes[at] = [0, 1, 255, 127, 128, edits[3 * i + 3]!][edits[40 + i]! % 6]!;
  }
  return bytes;
}

it.each(layers)('%s: a damaged model runs or is refused with a sentence', (_, make) => {
  let refused = 0;
  for (let seed = 0; seed < cases; seed++) {
    try {
      const model = Model.load(damage(layerModel(make(new Dice(seed), seed)), seed), {
        maxArenaBytes: 1 << 20,
      });
      model.invoke();
      model.dispose();
    } catch (error) {
      if (!(error instanceof WeightfoldError)) throw error;
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(0);
  expect(refused).toBeLessThan(cases);
});

it.each(layers)('%s: a damaged plan runs or is refused with a sentence', (_, make) => {
  let refused = 0;
  for (let seed = 0; seed < cases; seed++) {
    const plan = encodePlan(lower(readModel(layerModel(make(new Dice(seed), seed)))));
    try {
      const loaded = addon().loadPlan(damage(plan, seed, 2000), 'scalar', 1 << 20, 1);
      loaded.invoke();
      loaded.dispose(loaded.arena);
    } catch (error) {
      expect((error as { code?: string }).code).toBe('BAD_PLAN');
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(0);
  expect(refused).toBeLessThan(cases);
});
