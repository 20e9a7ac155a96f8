import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { itOnData, json, launcher, scratch, shared, weightfold } from '../test/launch.js';

const env = { WEIGHTFOLD_DATA: shared };

itOnData('prints the resolved configuration and the stages with --dry-run and writes nothing', () => {
  const dir = scratch();
  const { status, document } = json(['optimize', 'pcqat', '-c', 'demo', '--dry-run'], { cwd: dir });
  expect({ status, error: document.error }).toEqual({ status: 0, error: undefined });
  expect(document.config.schemaVersion).toBe(1);
  expect(document.planned.length).toBeGreaterThanOrEqual(4);
  expect(document.outDir).toMatch(/^\.weightfold\/runs\/demo-[0-9a-f]{12}$/);
  expect(fs.readdirSync(dir)).toEqual([]);
});

itOnData('spells out each stage in a line with --dry-run', () => {
  const { stdout } = weightfold(['optimize', 'coded', '-c', 'demo', '--target-bytes', '60000', '--dry-run']);
  expect(stdout.trimEnd().split('\n').slice(-2)).toEqual([
    '  1. base: from the start; 2 epochs of all examples at rate 0.002',
    '  2. coded: from base; 3 epochs of 20,000 examples, 600 steps at rate 0.001, distilled; rate for 60,000 bytes; metadata; quantize to 8 bits',
  ]);
  const own = path.join(scratch(), 'own.json');
  const training = { epochs: 1, learningRate: 0.01, examples: 250 };
  const constraints = [
    { type: 'sparsity', target: 0.5, pattern: '2:4', layers: ['*', '!conv1'] },
    { type: 'cluster', clusters: 16 },
  ];
  const stages = [
    { name: 'base', epochs: 0, learningRate: 1 },
    { name: 'small', from: 'base', ...training, constraints },
  ];
  fs.writeFileSync(own, JSON.stringify({ schemaVersion: 1, stages }));
  const planned = weightfold(['optimize', own, '-c', 'tfmot', '--dry-run']).stdout;
  expect(planned).toContain('  1. base: from the start; not trained\n');
  expect(planned).toContain(
    '  2. small: from base; 1 epoch of 250 examples, 2 steps at rate 0.01; sparsity 0.5 in 2:4 in *, !conv1; 16 clusters\n',
  );
});

itOnData(
  'takes the seed from flag over environment over file, and gives other configurations other folders',
  () => {
    const plan = (words: string[], seed?: string) =>
      json(
        ['optimize', 'pcqat', '-c', 'demo', '--dry-run', ...words],
        seed ? { env: { WEIGHTFOLD_SEED: seed } } : {},
      ).document;
    expect(plan([], '5').config.seed).toBe(5);
    expect(plan(['--seed', '6'], '5').config.seed).toBe(6);
    expect(plan(['--seed', '6']).outDir).not.toBe(plan(['--seed', '5']).outDir);
    expect(plan(['--seed', '5']).outDir).toBe(plan([], '5').outDir);
  },
);

itOnData('refuses an unknown key with its path and a suggestion, exit code 2', () => {
  const file = path.join(scratch(), 'weightfold.config.json');
  const { config } = json(['optimize', '-c', 'demo', '--dry-run']).document;
  fs.writeFileSync(file, JSON.stringify({ ...config, batchSzie: 4 }));
  const { status, document } = json(['optimize', '-c', file, '--dry-run']);
  expect(status).toBe(2);
  const told = JSON.stringify(document.error);
  expect(told).toContain('batchSzie');
  expect(told).toContain('batchSize');
});

it.each([
  [{ dataset: 'mnits' }, 'UNKNOWN_DATASET', 'fashion-mnist'],
  [{ dataset: 'x.npy,y.npy' }, 'USAGE', '"train": {"x"'],
  [{ dataset: { name: 'mine', images: 'no/photos', shape: [8, 8, 3] } }, 'ENOENT', 'dataset.images'],
  [
    { dataset: { name: 'mine', train: { x: 'x.npy' }, test: { x: 'package.json', y: 'y.npy' } } },
    'ENOENT',
    'dataset.train.x',
  ],
  [{ model: { name: 'imported', file: 'no.keras' } }, 'ENOENT', 'model.file'],
  [{ model: { name: 'imported', file: 'package.json', weights: 'no.h5' } }, 'ENOENT', 'model.weights'],
  [{ baseWeights: 'no.h5' }, 'ENOENT', 'baseWeights'],
])('checks with --dry-run what a configuration names: %j', (values, code, words) => {
  const file = path.join(scratch(), 'c.json');
  fs.writeFileSync(file, JSON.stringify({ schemaVersion: 1, ...values }));
  const { status, document } = json(['optimize', '-c', file, '--dry-run']);
  expect([status, document.error?.code]).toEqual([2, code]);
  expect(document.error.message).toContain(words);
});

itOnData('takes --max-drop in points for recipe coded, and not beside --target-bytes', () => {
  const plan = (...words: string[]) => json(['optimize', ...words, '-c', 'demo', '--dry-run']);
  const { planned } = plan('coded', '--max-drop', '0.5').document;
  expect(planned.map(({ maxDrop }: { maxDrop: number | null }) => maxDrop)).toEqual([null, 0.5]);
  const told = weightfold(['optimize', 'coded', '-c', 'demo', '--dry-run', '--max-drop', '1']).stdout;
  expect(told).toContain('the smallest file within 1 point\n');
  const both = plan('coded', '--max-drop', '0.5', '--target-bytes', '60000');
  expect([both.status, both.document.error.message]).toEqual([
    2,
    expect.stringContaining('expected maxDrop or targetBytes but received both'),
  ]);
  expect(plan('qat', '--max-drop', '0.5').document.error.message).toContain('expected the recipe coded');
});

itOnData('takes --lambda for recipe coded, and not where it is to be found', () => {
  const plan = (...words: string[]) => json(['optimize', ...words, '-c', 'demo', '--dry-run']);
  const { planned } = plan('coded', '--lambda', '0.02').document;
  expect(planned.at(-1).constraints[0]).toMatchObject({ type: 'rate', lambda: 0.02 });
  for (const words of [
    ['--lambda', '0'],
    ['--lambda', '0.02', '--target-bytes', '60000'],
  ])
    expect(plan('coded', ...words).status).toBe(2);
  const unused = plan('pcqat', '--lambda', '0.02');
  expect(unused.document.error).toMatchObject({
    message: expect.stringContaining('lambda: expected the recipe coded'),
    hint: 'leave lambda out, or add coded to the recipe',
  });
});

itOnData('leaves out what a configuration sets for coded where another recipe is chosen, and says so', () => {
  const { status, stdout, stderr } = weightfold(['optimize', 'pcqat', '-c', 'demo', '--dry-run', '--json']);
  expect([status, JSON.parse(stdout).config.lambda]).toEqual([0, null]);
  expect(stderr).toMatch(/^lambda of .*demo.json is for the recipe coded: left out\ncodedEpochs of /);
});

itOnData('tells with --dry-run that a number of bytes is out of reach', () => {
  const { status, document } = json([
    'optimize',
    'coded',
    '-c',
    'demo',
    '--target-bytes',
    '5000',
    '--dry-run',
  ]);
  expect([status, document.error.message]).toEqual([
    2,
    expect.stringMatching(/^targetBytes: expected at least about \d+ but received 5000$/),
  ]);
});

itOnData('refuses an unknown recipe, exit code 2', () => {
  const { status, stderr } = weightfold(['optimize', 'pcquat', '-c', 'demo', '--dry-run']);
  expect(status).toBe(2);
  expect(stderr).toContain('pcqat');
});

itOnData(
  'saves its state on a signal, ends with its exit code, says how to go on, and goes on from there',
  async () => {
    const dir = scratch();
    const words = ['optimize', 'base', '-c', 'demo', '-o', 'my run', '--json'];
    const first = await stopAtFirstStep(words, dir, 'SIGINT');
    expect(first).toMatchObject({ status: 130, error: { code: 'INTERRUPTED', received: 'SIGINT' } });
    expect(first.error.hint).toContain("weightfold optimize base -c demo -o 'my run'");
    const second = await stopAtFirstStep(words, dir, 'SIGTERM');
    expect(second).toMatchObject({ status: 143, error: { code: 'INTERRUPTED', received: 'SIGTERM' } });
    expect(first.stderr).not.toContain('goes on');
    expect(second.stderr).toContain('goes on at step');
    expect(second.step).toBeGreaterThan(first.step);
  },
);

/** Starts training and sends the signal as soon as a line of progress (`base  10/1200  loss …`) is there. */
async function stopAtFirstStep(words: string[], cwd: string, signal: NodeJS.Signals) {
  const options = { cwd, env: { ...process.env, ...env }, timeout: 100_000 };
  const child = spawn(process.execPath, [launcher, ...words], options);
  let [stdout, stderr] = ['', ''];
  const step = () => Number(/ (\d+)\/\d+ {2}loss/.exec(stderr)?.[1] ?? 0);
  child.stdout.on('data', (data) => {
    stdout += data;
  });
  child.stderr.on('data', (data) => {
    const seen = step() > 0;
    stderr += data;
    if (!seen && step() > 0) child.kill(signal);
  });
  const status = await new Promise((resolve) => child.on('close', resolve));
  return { status, step: step(), stderr, error: JSON.parse(stdout).error };
}
