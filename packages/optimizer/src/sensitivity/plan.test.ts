import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../config.js';
import { resolveStages } from '../recipes.js';
import { estimatedBytes } from './coded-bytes.js';
import { choosePlan, type LayerOption } from './plan.js';
import { planStages } from './recipe.js';
import { parseTechnique } from './technique.js';

const option = fc.record({
  bytes: fc.integer({ min: 1, max: 50_000 }),
  // Not fc.double, which takes numbers by their bits: nearly all would be 0 beside the rest.
  lossIncrease: fc.noBias(fc.integer({ min: -100, max: 30_000 })).map((n) => n / 10_000),
});
const network = fc
  .array(fc.array(option, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 5 })
  .map((layers) =>
    layers.map((options, i) => ({
      name: `layer${i}`,
      effects: options.map((one, j): LayerOption => ({ technique: `t${j}`, ...one })),
    })),
  );

/** Every way to choose, as sums of bytes and losses. */
function allSums(layers: { effects: LayerOption[] }[]): { bytes: number; loss: number }[] {
  return layers.reduce(
    (sums, { effects }) =>
      sums.flatMap(({ bytes, loss }) =>
        effects.map((one) => ({ bytes: bytes + one.bytes, loss: loss + one.lossIncrease })),
      ),
    [{ bytes: 0, loss: 0 }],
  );
}

describe('a plan', () => {
  it('fits, and loses no more than any that needs 0.1 % less than the budget', () => {
    fc.assert(
      fc.property(
        network,
        fc.noBias(fc.integer({ min: 0, max: 1000 })).map((n) => n / 1000),
        (layers, part) => {
          const sums = allSums(layers);
          const [least, most] = [Math.min, Math.max].map((pick) => pick(...sums.map(({ bytes }) => bytes)));
          const target = Math.ceil(least! + part * (most! - least!));
          const choice = choosePlan(layers, target);
          const own = layers.map(
            ({ name, effects }) => effects.find((e) => e.technique === choice.get(name))!,
          );
          expect(own.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(target);
          const rivals = sums.filter(({ bytes }) => bytes <= 0.999 * target);
          const best = Math.min(Infinity, ...rivals.map(({ loss }) => loss));
          expect(own.reduce((sum, { lossIncrease }) => sum + lossIncrease, 0)).toBeLessThanOrEqual(
            best + 1e-9,
          );
        },
      ),
      { numRuns: 200 },
    );
  });

  it('for less than the techniques can reach is refused with what they can', () => {
    const layers = [{ name: 'a', effects: [{ technique: 'int8', bytes: 70, lossIncrease: 0 }] }];
    expect(() => choosePlan(layers, 69)).toThrow(/expected at least 70 bytes but received 69/);
    expect(choosePlan(layers, 70)).toEqual(new Map([['a', 'int8']]));
  });

  it.each([
    [{ a: 'int8' }, ['base', 'qat']],
    [{ a: 'prune-50', b: 'int8' }, ['base', 'pruned', 'pqat']],
    [{ a: 'cluster-8', b: 'cluster-4' }, ['base', 'clustered', 'cqat']],
    [{ a: 'prune-2:4+cluster-8', b: 'cluster-8' }, ['base', 'pruned', 'sparse-clustered', 'pcqat']],
  ])('%j is a recipe that optimize takes', (layers, names) => {
    const config = parseConfig({ schemaVersion: 1, sparsityPattern: '2:4' });
    const stages = planStages(layers, config);
    const recipe = JSON.parse(JSON.stringify({ schemaVersion: 1, stages }));
    const taken = resolveStages(parseConfig({ schemaVersion: 1, recipe }));
    expect(taken).toEqual(stages);
    expect(taken.map(({ name }) => name)).toEqual(names);
    expect(taken.at(-1)!.constraints.at(-1)).toMatchObject({ type: 'quantize', layers: null });
  });

  it('names together the layers that a constraint holds alike', () => {
    const config = parseConfig({ schemaVersion: 1 });
    const plan = { a: 'prune-50+cluster-8', b: 'cluster-8', c: 'prune-50', d: 'cluster-4' };
    const [, pruned, clustered] = planStages(plan, config);
    expect(pruned!.constraints).toMatchObject([{ type: 'sparsity', target: 0.5, layers: ['a', 'c'] }]);
    expect(clustered!.constraints).toMatchObject([
      { type: 'preserve-sparsity' },
      { type: 'cluster', clusters: 8, layers: ['a', 'b'] },
      { type: 'cluster', clusters: 4, layers: ['d'] },
    ]);
  });
});

describe('a technique', () => {
  it.each([
    ['int8', null, null],
    ['prune-30', { target: 0.3, pattern: null }, null],
    ['prune-1:4', { target: 0.75, pattern: '1:4' }, null],
    ['prune-4x16', { target: 0.5, pattern: '4x16' }, null],
    ['cluster-16+prune-50', { target: 0.5, pattern: null }, 16],
  ])('%s is read', (name, sparsity, clusters) => {
    expect(parseTechnique(name)).toEqual({ name, sparsity, clusters });
  });

  it.each([
    '',
    'prune',
    'prune-0',
    'prune-100',
    'prune-4:4',
    'cluster-1',
    'cluster-256',
    'cluster-8+cluster-4',
  ])('%j is refused', (name) => {
    expect(() => parseTechnique(name)).toThrow(/is no technique/);
  });
});

it('estimates the bytes of codes by their entropy', () => {
  const codes = Int8Array.from({ length: 4000 }, (_, i) => (i % 4) * 10 - 20); // four alike: 2 bits each
  expect(estimatedBytes({ codes }, 3)).toBe(1000 + 12);
  expect(estimatedBytes({ codes: new Int8Array(500).fill(7) }, 1)).toBe(4);
  const half = Int8Array.from({ length: 800 }, (_, i) => [0, 0, 1, 2][i % 4]!); // ½, ¼, ¼: 1.5 bits each
  expect(estimatedBytes({ codes: half }, 0)).toBe(150);
});
