import { UsageError } from '@weightfold/base';
import { describe, expect, it } from 'vitest';
import { parseConfig, recipeNames } from './config.js';
import { recipes, resolveStages } from './recipes.js';

function refusal(input: unknown): UsageError {
  try {
    parseConfig(input);
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

const training = { epochs: 1, learningRate: 0.1 };

describe('parseConfig', () => {
  it('fills in defaults and gives the same when it reads its own result', () => {
    const config = parseConfig({ schemaVersion: 1 });
    expect(config).toMatchObject({ dataset: 'fashion-mnist', seed: 1, batchSize: 100, recipe: 'pcqat' });
    expect(parseConfig(JSON.parse(JSON.stringify(config)))).toEqual(config);
  });

  it.each([
    [{ schemaVersion: 1, sede: 3 }, 'UNKNOWN_KEY', 'sede', 'did you mean seed?'],
    [{ schemaVersion: 1, model: { name: 'mobilenet-v1', alfa: 1 } }, 'UNKNOWN_KEY', 'model.alfa', 'alpha'],
    [
      { schemaVersion: 1, recipe: { stages: [{ name: 'a', epochs: 1, learningRat: 0.1, learningRate: 1 }] } },
      'UNKNOWN_KEY',
      'recipe.stages.0.learningRat',
      'did you mean learningRate?',
    ],
    [
      {
        schemaVersion: 1,
        dataset: { name: 'x', train: { x: 'a', y: 'b', z: 'c' }, test: { x: 'a', y: 'b' } },
      },
      'UNKNOWN_KEY',
      'dataset.train.z',
      'unknown key',
    ],
    [
      { schemaVersion: 1, dataset: { name: 'x', images: 'photos', shap: [8, 8, 3] } },
      'UNKNOWN_KEY',
      'dataset.shap',
      'did you mean shape?',
    ],
    [
      { schemaVersion: 1, dataset: { name: 'x', recordings: 'words', features: 'mlperf-tny' } },
      'BAD_CONFIG',
      'dataset.features',
      'did you mean mlperf-tiny?',
    ],
    [{ schemaVersion: 1, baseTraining: { epoch: 3 } }, 'UNKNOWN_KEY', 'baseTraining.epoch', 'mean epochs?'],
    [
      { schemaVersion: 1, model: { name: 'mobilenet-v1', size: 'S' } },
      'UNKNOWN_KEY',
      'model.size',
      'expected one of name, alpha, dropout',
    ],
    [
      {
        schemaVersion: 1,
        dataset: { name: 'x', images: 'photos', shape: [8, 8, 3], features: 'keyword-8k' },
      },
      'UNKNOWN_KEY',
      'dataset.features',
      'unknown key',
    ],
    [
      { schemaVersion: 1, recipe: { stages: [{ name: 'a', epochs: 1 }] } },
      'BAD_CONFIG',
      'recipe.stages.0.learningRate',
      'expected a number but received nothing',
    ],
    [
      { schemaVersion: 1, batchSize: 16.5 },
      'BAD_CONFIG',
      'batchSize',
      'expected a whole number but received 16.5',
    ],
    [{ schemaVersion: 1, sparsity: 1 }, 'BAD_CONFIG', 'sparsity', 'expected at most 0.99 but received 1'],
    [
      { schemaVersion: 1, sparsityPattern: '4:2' },
      'BAD_CONFIG',
      'sparsityPattern',
      'expected n:m with n < m',
    ],
    [{ schemaVersion: 1, seed: 'x' }, 'BAD_CONFIG', 'seed', 'expected a number but received "x"'],
    [
      { schemaVersion: 1, recipe: { stages: [] } },
      'BAD_CONFIG',
      'recipe.stages',
      'expected at least 1 of them but received []',
    ],
    [null, 'BAD_CONFIG', 'the whole', 'expected keys and values but received null'],
    [{ schemaVersion: 1, recipe: 'pcqta' }, 'BAD_CONFIG', 'recipe', 'did you mean pcqat?'],
    [{ schemaVersion: 1, model: { name: 'mobilnet-v1' } }, 'BAD_CONFIG', 'model.name', 'mobilenet-v1'],
    [
      {
        schemaVersion: 1,
        recipe: { stages: [{ name: 'a', ...training, constraints: [{ type: 'clutser', clusters: 3 }] }] },
      },
      'BAD_CONFIG',
      'recipe.stages.0.constraints.0.type',
      'cluster',
    ],
    [
      { schemaVersion: 1, baseTraining: { ...training, optimizer: 'sgd' } },
      'BAD_CONFIG',
      'baseTraining.optimizer',
      ': expected keys and values but received "sgd"',
    ],
    [
      { schemaVersion: 1, baseTraining: { ...training, optimizer: { name: 'sgd', beta1: 0.9 } } },
      'UNKNOWN_KEY',
      'baseTraining.optimizer.beta1',
      'unknown key baseTraining.optimizer.beta1 in the configuration',
    ],
    [{ schemaVersion: 1, seed: -1 }, 'BAD_CONFIG', 'seed', 'received -1'],
    [{ schemaVersion: 2 }, 'BAD_CONFIG', 'schemaVersion', 'expected 1 but received 2'],
    [{ seed: 1 }, 'BAD_CONFIG', 'schemaVersion', 'received nothing'],
    [5, 'BAD_CONFIG', 'the whole', 'received 5'],
  ])('refuses %j', (input, code, where, words) => {
    const error = refusal(input);
    expect(error).toMatchObject({ code, where, exitCode: 2 });
    expect(error.message).toContain(words);
  });
});

it('merges training that is given in part with its defaults', () => {
  const { baseTraining, fineTuning } = parseConfig({ schemaVersion: 1 });
  expect([baseTraining.epochs, fineTuning.epochs, fineTuning.distillation?.weight]).toEqual([5, 1, 0.7]);
  const part = parseConfig({
    schemaVersion: 1,
    baseTraining: { learningRate: 0.5 },
    fineTuning: { epochs: 2 },
  });
  expect(part.baseTraining).toEqual({ ...baseTraining, learningRate: 0.5 });
  expect(part.fineTuning).toEqual({ ...fineTuning, epochs: 2 });
});

it.each([
  'cifar10',
  { name: 'speech-commands', features: 'keyword-16k' },
  { name: 'mine', train: { x: 'a', y: 'b' }, test: { x: 'c', y: 'd' } },
  { name: 'mine', images: 'photos', shape: [32, 32, 3], testPart: 0.2 },
  { name: 'mine', recordings: 'words.csv', features: 'keyword-8k', testPart: 0.1 },
])('takes the data set %j', (dataset) => {
  expect(parseConfig({ schemaVersion: 1, dataset }).dataset).toEqual(dataset);
});

describe('resolveStages', () => {
  const config = (stages: unknown[]) => parseConfig({ schemaVersion: 1, recipe: { stages } });
  const base = { name: 'base', ...training };

  it.each(recipeNames)(
    'recipe %s: every stage starts from one before it, and the first from nothing',
    (recipe) => {
      const stages = resolveStages(parseConfig({ schemaVersion: 1, recipe, sparsity: 0.6, clusters: 9 }));
      expect(stages.map((stage) => stage.name)).toEqual(recipes[recipe]);
      stages.forEach((stage, i) => {
        const before = stages.slice(0, i).map(({ name }) => name);
        if (i === 0) expect(stage.from).toBeNull();
        else expect(before).toContain(stage.from);
      });
      const constraints = stages.flatMap((stage) => stage.constraints);
      for (const constraint of constraints) {
        if (constraint.type === 'sparsity') expect(constraint.target).toBe(0.6);
        if (constraint.type === 'cluster') expect(constraint.clusters).toBe(9);
      }
    },
  );

  it('goes along several recipes, with the stages that they share once', () => {
    const recipe = ['pcqat', 'cqat', 'coded'];
    const names = resolveStages(parseConfig({ schemaVersion: 1, recipe })).map(({ name }) => name);
    const path = ['base', 'pruned', 'sparse-clustered', 'pcqat'];
    expect(names).toEqual([...path, 'clustered', 'cqat', 'coded']);
  });

  it('trains coded for epochs of its own, where it has some', () => {
    const recipe = ['pcqat', 'coded'];
    const epochs = (more: object) =>
      resolveStages(parseConfig({ schemaVersion: 1, recipe, ...more })).map((stage) => stage.epochs);
    expect(epochs({})).toEqual([5, 1, 1, 1, 1]);
    expect(epochs({ codedEpochs: 3 })).toEqual([5, 1, 1, 1, 3]);
  });

  it('refuses a stage that starts from one that is not there, and two of one name', () => {
    expect(() => resolveStages(config([base, { name: 'b', from: 'bas', ...training }]))).toThrow(
      /"from".*bas$/,
    );
    expect(() => resolveStages(config([base, { ...base }]))).toThrow(/already there/);
  });

  it('refuses settings that do not go together', () => {
    const pruned = (more: object) => ({ constraints: [{ type: 'sparsity', target: 0.5, ...more }] });
    expect(refusal({ schemaVersion: 1, fineTuning: { ...training, alpha: 1 } }).message).not.toContain(
      'did you mean',
    );
    expect(() => resolveStages(config([{ ...base, distillation: {} }]))).toThrow(
      /distillation: expected null in a stage that comes from no other/,
    );
    const rate = { type: 'rate', lambda: 0.1 };
    const both = [rate, { type: 'cluster', clusters: 8 }];
    expect(() => resolveStages(config([{ ...base, constraints: both }]))).toThrow(/rate or cluster, .* both/);
    const early = { ...rate, freezeAt: 0.4 };
    expect(() => resolveStages(config([{ ...base, constraints: [early] }]))).toThrow(
      /rate, freezeAt: expected at least rampEnd, 0.5, but received 0.4/,
    );
    const twoTargets = [5000, 6000].map((targetBytes) => ({ ...rate, targetBytes }));
    expect(() => resolveStages(config([{ ...base, constraints: twoTargets }]))).toThrow(
      /rate, targetBytes: expected one of them to have it but received 5000 and 6000/,
    );
    const aimed = { schemaVersion: 1, targetBytes: 5000 };
    expect(() => resolveStages(parseConfig({ ...aimed, recipe: 'pcqat' }))).toThrow(
      /targetBytes: expected the recipe coded, .* but received pcqat/,
    );
    expect(resolveStages(parseConfig({ ...aimed, recipe: 'coded' })).at(-1)!.constraints[0]).toMatchObject({
      ...rate,
      lambda: 0.015,
      targetBytes: 5000,
    });
    expect(() => resolveStages(parseConfig({ schemaVersion: 1, maxDrop: 1, recipe: 'qat' }))).toThrow(
      /maxDrop: expected the recipe coded, .* but received qat/,
    );
    for (const setting of [{ lambda: 0.01 }, { codedEpochs: 3 }])
      expect(() => resolveStages(parseConfig({ schemaVersion: 1, ...setting, recipe: ['pcqat'] }))).toThrow(
        /^(lambda|codedEpochs): expected the recipe coded, .* but received pcqat$/,
      );
    expect(resolveStages(parseConfig({ schemaVersion: 1, maxDrop: 1, recipe: 'coded' }))).toMatchObject([
      { maxDrop: null },
      { maxDrop: 1 },
    ]);
    const dropping = { ...base, name: 'small', from: 'base', maxDrop: 1, constraints: [rate] };
    const drops: [object[], RegExp][] = [
      [[{ ...dropping, from: null }], /maxDrop: expected a stage that comes from a float one/],
      [[base, { ...dropping, constraints: [] }], /maxDrop: expected a rate among the constraints/],
      [[base, { ...dropping, constraints: [{ ...rate, targetBytes: 9 }] }], /maxDrop or targetBytes .* both/],
      [[base, dropping, { ...base, name: 'small-try-1' }], /no stage beside it named small-try-…/],
    ];
    for (const [stages, message] of drops) expect(() => resolveStages(config(stages))).toThrow(message);
    const wrong: [object, RegExp][] = [
      [{ rampStart: 0.6 }, /rampEnd: expected at least rampStart, 0.6, .* but received 0.5/],
      [{ pattern: '1:4' }, /pattern 1:4: expected a sparsity of 0.75, .* but received 0.5/],
      [{ pattern: '2:4', scope: 'global' }, /pattern 2:4: expected the scope layer, .* but received global/],
    ];
    for (const [more, message] of wrong)
      expect(() => resolveStages(config([{ ...base, ...pruned(more) }]))).toThrow(message);
    expect(
      resolveStages(config([{ ...base, ...pruned({ rampStart: 0.6, schedule: 'constant' }) }])),
    ).toHaveLength(1);
  });
});
