import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { sha256Hex } from '@weightfold/base';
import { type Dataset, takeExamples } from '@weightfold/datasets';
import { readModel, weightStatistics } from '@weightfold/tflite';
import { beforeAll, expect, vi } from 'vitest';
import { describeOnData, itOnData as it, scratch, shared, smallConfig, smallFashion } from '../test/data.js';
import { parseConfig } from './config.js';
import { type OptimizeOptions, optimize } from './optimize.js';
import type { ProgressEvent, StageResult } from './run/events.js';
import { tf } from './tf.js';
import type { Augment } from './training/augment.js';

const config = parseConfig(smallConfig);
const hashes = (stages: StageResult[]) => stages.map(({ name, sha256 }) => [name, sha256]);
const finalHashes = (dir: string) => {
  const folders = fs.readdirSync(dir).filter((name) => /^\d\d-/.test(name));
  return folders.map((name) => sha256Hex(fs.readFileSync(path.join(dir, name, 'model.tflite'))));
};

describeOnData('optimize', () => {
  let dataset: Dataset;
  let outDir: string;
  let stages: StageResult[];
  const events: ProgressEvent[] = [];
  const run = (options: Partial<OptimizeOptions> = {}) =>
    optimize({ config, dataset, outDir: scratch(), ...options });

  beforeAll(async () => {
    dataset = await smallFashion();
    outDir = scratch();
    stages = await run({ outDir, onEvent: (event) => events.push(event) });
  });

  it('gives the four stages with zeros and codes as promised, counted on the files', () => {
    expect(stages.map(({ name }) => name)).toEqual(['base', 'pruned', 'sparse-clustered', 'pcqat']);
    for (const stage of stages.slice(1)) {
      const statistics = weightStatistics(readModel(fs.readFileSync(path.join(outDir, stage.tflite))));
      const pruned = statistics.filter(({ op }) => op !== 'DEPTHWISE_CONV_2D');
      expect(pruned.length).toBe(6);
      for (const { zeros, elements } of pruned)
        expect(zeros).toBeGreaterThanOrEqual(Math.floor(elements / 2));
      const clustered = stage.name === 'pruned' ? [] : pruned;
      expect(stage.clusteredLayers.length).toBe(clustered.length);
      for (const { distinct } of clustered) expect(distinct).toBeLessThanOrEqual(16);
      expect(stage.zeroFraction).toBeGreaterThanOrEqual(0.49);
      expect(stage.layers).toEqual(statistics);
    }
    expect(stages[3]!.maxDistinct).toBeLessThanOrEqual(16);
    expect(stages[0]!.accuracyFloat).toBeGreaterThan(40);
  });

  it('reports densities that count every weight', () => {
    for (const { densities, layers } of stages) {
      for (const { layer, float, int8 } of densities) {
        const { elements, zeros } = layers.find(({ name }) => name === `${layer}/weights`)!;
        expect(float.counts.reduce((a, b) => a + b)).toBe(elements);
        expect(int8.counts.reduce((a, b) => a + b)).toBe(elements);
        expect(int8.counts[127]).toBe(zeros);
      }
    }
  });

  it('tells what happens and writes it to the run folder', () => {
    const kinds = events.filter(({ type }) => type !== 'step').map(({ type, stage }) => `${type} ${stage}`);
    const both = ['base', 'pruned', 'sparse-clustered', 'pcqat'];
    expect(kinds).toEqual(both.flatMap((name) => [`stage-start ${name}`, `stage-end ${name}`]));
    const lines = (name: string) => fs.readFileSync(path.join(outDir, name), 'utf8').trim().split('\n');
    expect(lines('events.jsonl').length).toBe(kinds.length);
    expect(lines('metrics.jsonl').map((line) => JSON.parse(line).step)).toContain(30);
    expect(JSON.parse(fs.readFileSync(path.join(outDir, 'config.resolved.json'), 'utf8'))).toEqual(config);
    expect(JSON.parse(fs.readFileSync(path.join(outDir, 'env.json'), 'utf8'))).toMatchObject({
      tfjs: { backend: 'native', version: '4.22.0', tensorflow: '2.15.1' },
    });
  });

  it('gives the same bytes for the same seed, others for another, and leaks no tensors', async () => {
    const before = tf.memory().numTensors;
    expect(hashes(await run())).toEqual(hashes(stages));
    const short = { ...config, recipe: 'base' as const };
    expect(hashes(await run({ config: { ...short, seed: 2 } }))[0]).not.toEqual(hashes(stages)[0]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('takes up a run that an abort stopped, with the same result', async () => {
    const dir = scratch();
    const stop = new AbortController();
    const reason = new Error('stopped by the test');
    const stopIn = (stage: string, at: number) => (event: ProgressEvent) => {
      if (event.type === 'step' && event.stage === stage && event.step === at) stop.abort(reason);
    };
    const stopped = run({ outDir: dir, signal: stop.signal, onEvent: stopIn('sparse-clustered', 10) });
    await expect(stopped).rejects.toBe(reason);
    const seen: ProgressEvent[] = [];
    const result = await run({ outDir: dir, onEvent: (event) => seen.push(event) });
    expect(seen.find(({ type }) => type === 'resume')).toMatchObject({ stage: 'sparse-clustered', step: 10 });
    expect(seen.some(({ type, stage }) => type === 'step' && stage === 'base')).toBe(false);
    expect(hashes(result)).toEqual(hashes(stages));
  });

  it('takes up a run that kill -9 ended in every stage, with the same result', async () => {
    const dir = scratch();
    expect(await child(dir, { stage: 'base', step: 20 })).toBe('SIGKILL');
    expect(await child(dir, { stage: 'sparse-clustered', step: 10 })).toBe('SIGKILL');
    expect(await child(dir, { stage: 'pcqat', step: 20 })).toBe('SIGKILL');
    expect(await child(dir, null)).toBe(0);
    expect(finalHashes(dir)).toEqual(finalHashes(outDir));
  });

  it('gives finished stages again, with their bytes, without training', async () => {
    const evaluated: [string, number][] = [];
    const again = await run({
      outDir,
      evaluate: async (stage, bytes) => void evaluated.push([stage.name, bytes.length]),
      onEvent: () => expect.unreachable('a finished run has no events'),
    });
    expect(again).toEqual(stages);
    expect(evaluated).toEqual(stages.map(({ name, bytes }) => [name, bytes]));
  });

  it('refuses the folder of another configuration, and starts over with fresh', async () => {
    const base = { ...config, recipe: 'base' as const };
    const dir = scratch();
    await run({ outDir: dir, config: base });
    const other = { ...base, seed: 5 };
    await expect(run({ outDir: dir, config: other })).rejects.toMatchObject({
      code: 'OTHER_RUN',
      exitCode: 2,
      message: `${dir} holds a run of another configuration: seed is 1 there and 5 here`,
    });
    const changed = { ...dataset, train: takeExamples(dataset.train, 500) };
    await expect(run({ outDir: dir, config: base, dataset: changed })).rejects.toThrow(/other data/);
    const [fresh] = await run({ outDir: dir, config: other, fresh: true });
    expect(fresh!.sha256).not.toBe(stages[0]!.sha256);
  });

  it('refuses the folder of a run on other threads or another backend, and says which', async () => {
    const dir = scratch();
    fs.cpSync(outDir, dir, { recursive: true });
    vi.stubEnv('TF_NUM_INTRAOP_THREADS', '1');
    await expect(run({ outDir: dir })).rejects.toMatchObject({
      code: 'OTHER_RUN',
      message: expect.stringMatching(/computed by .*\(native, 2 threads\), this is .*\(native, 1 threads\)/),
    });
    // Checkpoints alone tell too.
    fs.rmSync(path.join(dir, 'env.json'));
    await expect(run({ outDir: dir })).rejects.toThrow(/another TensorFlow/);
    vi.unstubAllEnvs();
    const env = { arithmetic: { backend: 'javascript', version: '4.22.0', threads: null } };
    fs.writeFileSync(path.join(dir, 'env.json'), JSON.stringify(env));
    await expect(run({ outDir: dir })).rejects.toThrow(
      /computed by TensorFlow.js 4.22.0 \(javascript\), this/,
    );
  });

  it('refuses a damaged checkpoint and a changed export', async () => {
    const dir = scratch();
    fs.cpSync(outDir, dir, { recursive: true });
    const model = path.join(dir, stages[1]!.tflite);
    fs.appendFileSync(model, 'x');
    await expect(run({ outDir: dir })).rejects.toMatchObject({ code: 'EXPORT_CHANGED', where: model });
    const file = path.join(dir, 'checkpoints', 'base.done');
    const bytes = fs.readFileSync(file);
    bytes[bytes.length >> 1]! ^= 1;
    fs.writeFileSync(file, bytes);
    await expect(run({ outDir: dir })).rejects.toMatchObject({ code: 'BAD_CHECKPOINT', where: file });
  });

  it('changes training examples as the configuration and the caller say, the same when taken up', async () => {
    const baseTraining = { ...config.baseTraining, augment: { flip: true, crop: 2, timeShift: 0 } };
    const augmented = { ...config, recipe: 'base' as const, baseTraining };
    const [whole] = await run({ config: augmented });
    expect(whole!.sha256).not.toBe(stages[0]!.sha256);
    const dir = scratch();
    const stop = new AbortController();
    const onEvent = ({ type, step }: ProgressEvent) =>
      type === 'step' && step === 10 && stop.abort(new Error('stopped'));
    const steps: number[] = [];
    const augment: Augment = (batch, { indices, shape, step }) => {
      expect([batch.length, shape]).toEqual([indices.length * 28 * 28, [28, 28, 1]]);
      steps.push(step);
    };
    const started = { config: augmented, outDir: dir, augment };
    await expect(run({ ...started, signal: stop.signal, onEvent })).rejects.toThrow('stopped');
    await expect(run({ config: augmented, outDir: dir })).rejects.toThrow(
      /saw examples that a function changes/,
    );
    const [resumed] = await run(started);
    expect(resumed!.sha256).toBe(whole!.sha256);
    expect(steps).toEqual(Array.from({ length: 30 }, (_, i) => i));
    const dark: Augment = (batch) => void batch.fill(0);
    expect((await run({ config: augmented, augment: dark }))[0]!.accuracyFloat).toBeLessThan(20);
  });

  it('says when training diverges; the folder of a run that came to nothing is free for another', async () => {
    const wild = {
      ...config,
      recipe: 'base' as const,
      baseTraining: { ...config.baseTraining, learningRate: 1e30 },
    };
    const dir = scratch();
    await expect(run({ config: wild, outDir: dir })).rejects.toMatchObject({ code: 'DIVERGED' });
    const [stage] = await run({ config: { ...config, recipe: 'base' as const }, outDir: dir });
    expect(stage!.sha256).toBe(stages[0]!.sha256);
  });

  it('refuses a layer that is not there before anything is trained', async () => {
    const late = { type: 'quantize' as const, layers: ['zz*'] };
    const recipe = {
      stages: [
        { name: 'base', epochs: 1, learningRate: 1e-3 },
        { name: 'qat', from: 'base', epochs: 1, learningRate: 1e-3, constraints: [late] },
      ],
    };
    const onEvent = () => expect.unreachable('nothing is to be trained');
    await expect(run({ config: { ...smallConfig, recipe } as never, onEvent })).rejects.toThrow(
      'stage qat, quantize: no layer is named zz*',
    );
  });

  it('works in a folder alone, and takes over what kill -9 left', async () => {
    const dir = scratch();
    const others: (string | null)[] = [];
    const held = run({
      outDir: dir,
      config: { ...config, recipe: 'base' as const },
      evaluate: async () => {
        const again = run({ outDir: dir, fresh: true }).catch((error) => error);
        others.push(((await again) as Error).message);
      },
    });
    await held;
    expect(others).toEqual([`${dir}: process ${process.pid} is working in this run folder`]);
    expect(fs.readdirSync(dir)).not.toContain('run.lock');
    const left = path.join(dir, 'checkpoints', 'base.ckpt.99-0123abcd.tmp');
    fs.writeFileSync(left, 'half');
    await run({ outDir: dir, config: { ...config, recipe: 'base' as const } });
    expect(fs.existsSync(left)).toBe(false);
  });
});

/** A run in a process of its own on the built package, killed when it reports the step. Its signal or exit code. */
function child(dir: string, killAt: { stage: string; step: number } | null): Promise<string | number | null> {
  const script = fileURLToPath(new URL('../test/train-child.mjs', import.meta.url));
  const words = [script, dir, JSON.stringify(smallConfig), '600', '200'];
  const env = { ...process.env, WEIGHTFOLD_DATA: shared };
  const trainer = spawn(process.execPath, words, {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 100_000,
  });
  createInterface({ input: trainer.stdout }).on('line', (line) => {
    const event = JSON.parse(line) as ProgressEvent;
    if (killAt && event.stage === killAt.stage && event.step === killAt.step) trainer.kill('SIGKILL');
  });
  return new Promise((resolve) => trainer.on('close', (code, signal) => resolve(signal ?? code)));
}
