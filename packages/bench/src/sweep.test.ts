import { parseConfig, resolveStages } from '@weightfold/optimizer';
import { expect, it } from 'vitest';
import { sweep } from './sweep.js';

const config = parseConfig({
  schemaVersion: 1,
  recipe: ['pcqat', 'coded'],
  lambda: 0.5,
  targetBytes: 9_000,
  fineTuning: { epochs: 2, learningRate: 1e-3 },
});

it('makes a stage of each point in place of the recipe’s own, warm or from the base', () => {
  const swept = sweep(config, [
    { lambda: 0.006, epochs: 6 },
    { lambda: 0.01, from: 'previous', learningRate: 5e-4 },
    { lambda: 0.01, name: 'coded-cold' },
  ]);
  const stages = resolveStages(swept);
  const told = stages.map(({ name, from, epochs, learningRate }) => [name, from, epochs, learningRate]);
  expect(told.slice(3)).toEqual([
    ['pcqat', 'sparse-clustered', 2, 1e-3],
    ['coded-0-006', 'base', 6, 1e-3],
    ['coded-0-01', 'coded-0-006', 2, 5e-4],
    ['coded-cold', 'base', 2, 1e-3],
  ]);
  const [first] = stages.at(-2)!.constraints;
  expect(first).toMatchObject({ type: 'rate', lambda: 0.01, targetBytes: 9_000 });
  expect(stages.at(-1)!.freezeBatchNorm).toBe(0.9);
});

it('refuses points that make no run', () => {
  expect(() => sweep(config, [{ lambda: 0.01, from: 'previous' }])).toThrow(/from.*previous/);
  expect(() => sweep(config, [{ lambda: 0.01 }, { lambda: 0.01 }])).toThrow(/coded-0-01 is already there/);
  expect(() => sweep(config, [{ lambda: 0.01, epoch: 3 } as never])).toThrow(/epoch/);
});
