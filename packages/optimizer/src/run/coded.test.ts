import fs from 'node:fs';
import path from 'node:path';
import { deflateSync } from 'node:zlib';
import type { Dataset } from '@weightfold/datasets';
import { readModel, typedData, weightStatistics } from '@weightfold/tflite';
import { beforeAll, expect } from 'vitest';
import {
  describeOnData,
  digits,
  itOnData as it,
  scratch,
  shared,
  smallConfig,
  smallFashion,
} from '../../test/data.js';
import type { RunConfigInput } from '../config.js';
import { constraints } from '../constraints/builders.js';
import { roundScale } from '../constraints/scale-grid.js';
import { GraphBuilder, type NetworkFactory } from '../graph/builder.js';
import { type OptimizeOptions, optimize } from '../optimize.js';
import { tf } from '../tf.js';
import type { Augment } from '../training/augment.js';
import type { ProgressEvent, StageResult } from './events.js';

/** The stage that is held to a rate, 80 steps behind a base of 30. */
const config: RunConfigInput = {
  ...(smallConfig as object),
  schemaVersion: 1,
  recipe: 'coded',
  lambda: 0.05,
  fineTuning: { epochs: 4, examples: 400, learningRate: 2e-3 },
};
const { model: _, ...ofOwn } = config;
/** For stages of one's own, which have a λ themselves. */
const { lambda: __, ...ofStages } = ofOwn;
const bitsOf = ({ layers }: StageResult) =>
  layers.reduce((sum, { elements, entropyBits }) => sum + elements * entropyBits, 0);
const weightsOf = ({ layers }: StageResult) => layers.reduce((sum, { elements }) => sum + elements, 0);

describeOnData('recipe coded', () => {
  let dataset: Dataset;
  let stages: StageResult[];
  let outDir: string;
  const run = (options: Partial<OptimizeOptions> = {}) =>
    optimize({ config, dataset, outDir: scratch(), ...options });

  beforeAll(async () => {
    dataset = await smallFashion();
    outDir = scratch();
    stages = await run({ outDir });
  });

  it('spends a fraction of the bits, on depthwise layers too, and stays accurate', () => {
    const [base, coded] = stages as [StageResult, StageResult];
    expect(bitsOf(coded)).toBeLessThan(0.4 * bitsOf(base));
    expect(coded.accuracyFloat).toBeGreaterThan(base.accuracyFloat! - 5);
    expect(coded.clusteredLayers).toHaveLength(coded.layers.length);
    for (const { distinct, zeros, elements } of coded.layers) {
      expect(distinct).toBeLessThan(64);
      expect(zeros).toBeLessThan(elements);
    }
  });

  it('stores scales of sixteen steps to the octave, and biases whose low bits are 0', () => {
    const model = readModel(fs.readFileSync(path.join(outDir, stages[1]!.tflite)));
    const { tensors } = model.subgraphs[0]!;
    for (const { tensorIndex } of weightStatistics(model)) {
      const scales = tensors[tensorIndex]!.quantization!.scale;
      for (const scale of scales) expect(roundScale(scale, 16)).toBe(scale);
    }
    for (const { inputs, outputs } of operatorsWithBias(model)) {
      const [bias, output] = [tensors[inputs[2]!]!, tensors[outputs[0]!]!];
      const outputStep = output.quantization!.scale[0]!;
      const scales = bias.quantization!.scale;
      (typedData(model, bias) as Int32Array).forEach((value, i) => {
        const step = (scales[i] ?? scales[0]!) / outputStep;
        const grid = 2 ** Math.max(0, Math.floor(Math.log2(0.5 / step)));
        expect(Math.abs(value % grid)).toBe(0);
      });
    }
  });

  it('goes on where it was stopped, before and after codes are frozen and when all steps are done, with the same result', async () => {
    for (const at of [20, 70, 80]) {
      const dir = scratch();
      const stop = new AbortController();
      const onEvent = ({ type, stage, step }: ProgressEvent) =>
        type === 'step' && stage === 'coded' && step === at && stop.abort(new Error('stopped'));
      await expect(run({ outDir: dir, signal: stop.signal, onEvent })).rejects.toThrow('stopped');
      const before = tf.memory().numTensors;
      expect((await run({ outDir: dir })).map(({ sha256 }) => sha256)).toEqual(
        stages.map(({ sha256 }) => sha256),
      );
      expect(tf.memory().numTensors).toBe(before);
    }
  });

  it('finds lambda for a number of bytes, the same when it is taken up', async () => {
    const packedBytes = (tflite: Uint8Array) => deflateSync(tflite, { level: 9 }).length;
    const aimedAt = (targetBytes: number) => ({
      config: { ...ofOwn, targetBytes },
      network: tiny,
      packedBytes,
      outDir: scratch(),
    });
    for (const bytes of [2_500, 3_000]) {
      const straight = aimedAt(bytes);
      const steps: ProgressEvent[] = [];
      const onStep = (event: ProgressEvent) => event.type === 'step' && steps.push(event);
      const [, coded] = await run({ ...straight, onEvent: onStep });
      const file = path.join(straight.outDir, coded!.tflite);
      const packed = packedBytes(new Uint8Array(fs.readFileSync(file)));
      expect(Math.abs(packed / bytes - 1)).toBeLessThan(0.02);
      const told = steps.filter(({ stage }) => stage === 'coded').map(({ rate }) => rate!);
      expect(told.map(({ targetBytes }) => targetBytes)).toEqual(told.map(() => bytes));
      expect(Math.abs(told.at(-1)!.bytes! / packed - 1)).toBeLessThan(0.02);
      expect(told.at(-1)!.bitsPerWeight).toBeCloseTo(bitsOf(coded!) / weightsOf(coded!), 2);
      expect(told[0]!.lambda).toBeLessThan(told[2]!.lambda);
      expect(steps.map(({ distilled }) => distilled)).toEqual(
        steps.map(({ stage }) => (stage === 'coded' ? true : undefined)),
      );
      const stop = new AbortController();
      const onEvent = ({ type, stage, step }: ProgressEvent) =>
        type === 'step' && stage === 'coded' && step === 60 && stop.abort(new Error('stopped'));
      const stopped = aimedAt(bytes);
      await expect(run({ ...stopped, signal: stop.signal, onEvent })).rejects.toThrow('stopped');
      expect((await run(stopped))[1]!.sha256).toBe(coded!.sha256);
    }
    const starts: ProgressEvent[] = [];
    const onStart = (event: ProgressEvent) => event.type === 'stage-start' && starts.push(event);
    await expect(run({ ...aimedAt(1_000), onEvent: onStart })).rejects.toThrow(
      /targetBytes: expected at least about 1\d\d\d but received 1000/,
    );
    expect(starts).toEqual([]);
    const untrained = aimedAt(2_500);
    const stages = [
      { name: 'base', epochs: 1, learningRate: 2e-3 },
      {
        name: 'coded',
        from: 'base',
        epochs: 0,
        learningRate: 1,
        constraints: [constraints.rate({ lambda: 1, targetBytes: 2_500 })],
      },
    ];
    const notes: string[] = [];
    const onEvent = ({ type, message }: ProgressEvent) => type === 'note' && notes.push(message!);
    await run({ ...untrained, config: { ...ofStages, recipe: { stages } } as RunConfigInput, onEvent });
    expect(notes).toEqual([expect.stringMatching(/^packs to \d+ bytes, 2500 were wanted \([+−]\d/)]);
    const { packedBytes: _none, ...uncounted } = aimedAt(2_500);
    await expect(run(uncounted)).rejects.toThrow(/packedBytes to count by/);
  });

  it('tells that a target is out of reach of given weights before anything is trained', async () => {
    const aimed = {
      ...config,
      baseWeights: path.join(shared, 'tfmot/dscnn_s_base.weights.h5'),
      targetBytes: 3_500,
    };
    const events: ProgressEvent[] = [];
    const own = { config: aimed, dataset: digits(), packedBytes: () => 0 };
    await expect(run({ ...own, onEvent: (event) => events.push(event) })).rejects.toMatchObject({
      message: expect.stringMatching(/^targetBytes: expected at least about [45]\d\d\d but received 3500$/),
      hint: expect.stringContaining('importanceFloor below 2'),
    });
    expect(events).toEqual([]);
  });

  it('tells where a larger lambda changes nothing', async () => {
    const notes: string[] = [];
    const onEvent = ({ type, message }: ProgressEvent) => type === 'note' && notes.push(message!);
    const short = { epochs: 1, examples: 20, learningRate: 2e-3 };
    for (const lambda of [0.001, 100])
      await run({ config: { ...ofOwn, lambda, fineTuning: short }, network: tiny, onEvent });
    expect(notes).toEqual([
      expect.stringMatching(/^a larger lambda changes nothing for 100 % of the weights/),
    ]);
  });

  it('finds the smallest file within a drop on validation examples, the same when it is taken up', async () => {
    const packedBytes = (tflite: Uint8Array) => deflateSync(tflite, { level: 9 }).length;
    const search = (signal?: AbortSignal, onEvent?: (event: ProgressEvent) => void) => ({
      config: {
        ...ofOwn,
        maxDrop: 5,
        lambda: 0.01,
        baseTraining: { epochs: 8, learningRate: 5e-3 },
        fineTuning: { epochs: 1, examples: 400, learningRate: 2e-3 },
      },
      network: tiny,
      packedBytes,
      outDir: scratch(),
      ...(signal ? { signal } : {}),
      ...(onEvent ? { onEvent } : {}),
    });
    const tries: NonNullable<ProgressEvent['attempt']>[] = [];
    const straight = search(undefined, ({ attempt }) => attempt && tries.push(attempt));
    const [base, coded] = await run(straight);
    expect(tries.length).toBeGreaterThan(2);
    expect(tries.map(({ name }) => name)).toEqual(tries.map((_, i) => `coded-try-${i + 1}`));
    const least = base!.accuracyValidation! - 5;
    for (const { accepted, accuracyValidation, leastAccuracy } of tries)
      expect([accepted, leastAccuracy]).toEqual([(accuracyValidation ?? 0) >= least, least]);
    const good = tries.filter(({ accepted }) => accepted).map(({ bytes }) => bytes);
    const file = fs.readFileSync(path.join(straight.outDir, coded!.tflite));
    expect(coded!.tflite).toBe('02-coded/model.tflite');
    expect(packedBytes(new Uint8Array(file))).toBe(Math.min(...good));
    expect(coded!.accuracyValidation).toBeGreaterThanOrEqual(least);

    const stop = new AbortController();
    const stopped = search(stop.signal, ({ type, stage, step }) => {
      if (type === 'step' && stage === 'coded-try-2' && step === 10) stop.abort(new Error('stopped'));
    });
    await expect(run(stopped)).rejects.toThrow('stopped');
    const { signal: _signal, ...again } = stopped;
    expect((await run(again))[1]!.sha256).toBe(coded!.sha256);
    // One step at such a rate destroys what was learnt, whatever the target.
    const ruinous = { epochs: 1, examples: 20, learningRate: 1 };
    const hopeless = { ...search(), config: { ...search().config, fineTuning: ruinous } };
    await expect(run(hopeless)).rejects.toThrow(/of 7 trainings but received/);
    const { packedBytes: _none, ...uncounted } = search();
    await expect(run(uncounted)).rejects.toThrow(/maxDrop: expected packedBytes to count by/);
  });

  it('lets training move activation ranges too, also behind frozen codes, the same when it is taken up', async () => {
    const recipe = (ranges: 'fixed' | 'learned') => ({
      stages: [
        { name: 'base', epochs: 1, learningRate: 2e-3 },
        {
          name: 'coded',
          from: 'base',
          epochs: 4,
          learningRate: 2e-3,
          freezeBatchNorm: 0.9,
          constraints: [
            constraints.rate({ lambda: 0.05 }),
            constraints.metadata(),
            constraints.quantize({ ranges }),
          ],
        },
      ],
    });
    const training = (ranges: 'fixed' | 'learned') => ({
      config: { ...ofStages, recipe: recipe(ranges) } as RunConfigInput,
      network: tiny,
      outDir: scratch(),
    });
    const outputScale = async (own: ReturnType<typeof training>) => {
      const { tflite, sha256 } = (await run(own))[1]!;
      const { tensors } = readModel(fs.readFileSync(path.join(own.outDir, tflite))).subgraphs[0]!;
      return { sha256, scale: tensors.find(({ name }) => name === 'dw')!.quantization!.scale };
    };
    const straight = await outputScale(training('learned'));
    expect(straight.scale).not.toEqual((await outputScale(training('fixed'))).scale);
    const stop = new AbortController();
    const onEvent = ({ type, stage, step }: ProgressEvent) =>
      type === 'step' && stage === 'coded' && step === 70 && stop.abort(new Error('stopped'));
    const stopped = training('learned');
    await expect(run({ ...stopped, signal: stop.signal, onEvent })).rejects.toThrow('stopped');
    expect(await outputScale(stopped)).toEqual(straight);
  });

  it('goes by bits that a program hands in', async () => {
    const oddCost = (counts: Uint32Array) =>
      Float32Array.from(counts, (_, i) => ((i - (counts.length - 1) / 2) % 2 === 0 ? 1 : 100));
    const outDir = scratch();
    const own = { config: { ...ofOwn, lambda: 0.01 }, network: tiny, outDir };
    const [, coded] = await run({ ...own, codeLengths: oddCost });
    const model = readModel(fs.readFileSync(path.join(outDir, coded!.tflite)));
    for (const { tensorIndex } of weightStatistics(model)) {
      const codes = typedData(model, model.subgraphs[0]!.tensors[tensorIndex]!) as Int8Array;
      expect(codes.filter((code) => code % 2 !== 0).length).toBeLessThan(0.02 * codes.length);
    }
  });

  it('goes back from a collapse with a smaller lambda, also when it is stopped on the way', async () => {
    const training = { learningRate: 2e-3 };
    const rate = constraints.rate({ lambda: 0.1 });
    const recipe = {
      stages: [
        { name: 'base', epochs: 1, ...training },
        { name: 'coded', from: 'base', epochs: 5, ...training, constraints: [rate] },
      ],
    };
    const dir = scratch();
    const collapsing = (stopAt: number | null) => {
      const notes: string[] = [];
      const stop = new AbortController();
      // Nothing can be learnt of what comes between steps 60 and 100, until the stage has gone back.
      const augment: Augment = (batch, { stage, step }) => {
        if (stage === 'coded' && step >= 60 && step < 100 && notes.length === 0) batch.fill(0);
      };
      const onEvent = ({ type, stage, step, message }: ProgressEvent) => {
        if (type === 'note') notes.push(message!);
        if (type === 'step' && stage === 'coded' && step === stopAt) stop.abort(new Error('stopped'));
      };
      const own = { config: { ...ofStages, recipe } as RunConfigInput, network: tiny, augment, onEvent };
      return { notes, results: run({ ...own, signal: stop.signal, ...(stopAt ? { outDir: dir } : {}) }) };
    };
    const straight = collapsing(null);
    const [, coded] = await straight.results;
    expect(straight.notes).toEqual(['collapsed by step 100: goes on from step 50 with lambda × 0.5']);
    expect(coded!.accuracyFloat).toBeGreaterThan(30);
    await expect(collapsing(80).results).rejects.toThrow('stopped');
    const resumed = collapsing(1e9);
    expect((await resumed.results)[1]!.sha256).toBe(coded!.sha256);
    expect(resumed.notes).toEqual(straight.notes);
  });
});

const tiny: NetworkFactory = ({ shape, classes }) => {
  const net = new GraphBuilder('tiny', shape);
  net.conv2d('conv', { channels: 16, kernel: 4, strides: 4 });
  net.depthwiseConv2d('dw', { kernel: 3, strides: 2 });
  net.dense('fc', { units: classes });
  return net.build(net.softmax('softmax'));
};

const operatorsWithBias = (model: ReturnType<typeof readModel>) => {
  const { operators, tensors } = model.subgraphs[0]!;
  return operators.filter(({ inputs }) => tensors[inputs[2] ?? -1]?.name?.toString().endsWith('/bias'));
};
