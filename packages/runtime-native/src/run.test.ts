import { pbkdf2 } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { modelFile, needing, noise } from '@weightfold/test-support';
import { readModel } from '@weightfold/tflite';
import { expect, it } from 'vitest';
import { loadAddonFile } from './addon-file.js';
import { chooseIsa, Model, type TensorData } from './index.js';
import { encodePlan } from './plan/encode.js';
import { lower } from './plan/lower.js';

const file = modelFile('mlperf_kws01_dscnn_int8.tflite');
const data = needing('data');
const examples = Array.from({ length: 6 }, (_, seed) => new Int8Array(noise(490, 10 * seed + 7)));
const bytes = (outputs: TensorData[]) => outputs.map((output) => [...(output as Int8Array)]);

function loadAndRunAll(): { model: Model; expected: number[][][] } {
  const model = Model.load(file);
  return { model, expected: examples.map((example) => bytes(model.run([example]))) };
}

it('runs in place, by copies and on another thread to the same bytes', data, async () => {
  const { model, expected } = loadAndRunAll();
  expect(new Set(expected.map(String)).size).toBeGreaterThan(2);
  for (const [i, example] of examples.entries()) {
    (model.input(0) as Int8Array).set(example);
    model.invoke();
    expect(bytes([model.output(0)])).toEqual(expected[i]);
    expect(bytes(await model.runAsync([example]))).toEqual(expected[i]);
  }
  model.dispose();
});

it('runs of one model follow one another, and their inputs are copied at once', data, async () => {
  const { model, expected } = loadAndRunAll();
  const input = new Int8Array(490);
  const runs = examples.map((example) => {
    input.set(example);
    return model.runAsync([input]);
  });
  input.fill(0);
  expect((await Promise.all(runs)).map(bytes)).toEqual(expected);
  model.dispose();
});

it('the event loop goes on during runAsync, and other runs are refused', data, async () => {
  const { model, expected } = loadAndRunAll();
  let settled = false;
  const run = model.runAsync([examples[0]!]).finally(() => {
    settled = true;
  });
  await Promise.resolve(); // the queue's turn: the run has begun
  await Promise.resolve();
  expect(settled).toBe(false);
  const busy = expect.objectContaining({ code: 'BUSY', hint: expect.stringMatching(/await runAsync/) });
  expect(() => model.invoke()).toThrow(busy);
  expect(() => model.profile()).toThrow(busy);
  expect(bytes(await run)).toEqual(expected[0]);
  model.invoke();
  model.dispose();
});

it('a run that is refused leaves the inputs of the one under way alone', data, async () => {
  const { model, expected } = loadAndRunAll();
  // They keep all threads of the pool from taking the run up.
  const threads = Number(process.env.UV_THREADPOOL_SIZE ?? 4);
  const jobs = Array.from({ length: threads }, () => promisify(pbkdf2)('', '', 100_000, 32, 'sha256'));
  const run = model.runAsync([examples[0]!]);
  await Promise.resolve();
  await Promise.resolve();
  expect(() => model.run([examples[1]!])).toThrow(expect.objectContaining({ code: 'BUSY' }));
  expect(bytes(await run)).toEqual(expected[0]);
  expect(bytes(model.run([examples[1]!]))).toEqual(expected[1]);
  await Promise.all(jobs);
  model.dispose();
});

it('dispose during runs: all of them are rejected, and nothing crashes', data, async () => {
  const model = Model.load(file);
  const runs = examples.map((example) => model.runAsync([example]));
  await Promise.resolve();
  await Promise.resolve();
  model.dispose();
  model.dispose();
  for (const result of await Promise.allSettled(runs)) {
    expect(result).toMatchObject({ status: 'rejected', reason: { code: 'DISPOSED' } });
  }
  expect(() => model.run([examples[0]!])).toThrow(expect.objectContaining({ code: 'DISPOSED' }));
  await expect(model.runAsync([])).rejects.toThrow(/expected 1 inputs but received 0/);
  expect(model.output(0)).toHaveLength(0);
});

it('Symbol.dispose frees the model', data, () => {
  const model = Model.load(fs.readFileSync(file));
  model[Symbol.dispose]();
  expect(() => model.invoke()).toThrow(expect.objectContaining({ code: 'DISPOSED' }));
});

it('tells what each op took, with its kernel and MACs', data, () => {
  const model = Model.load(file, { isa: 'scalar' });
  const ops = model.profile(5);
  model.dispose();
  expect(ops.map(({ operator }) => operator)).toContain('DEPTHWISE_CONV_2D');
  // 2,656,768: counted from the file's shapes in formats/tflite/src/macs.test.ts.
  expect(ops.reduce((sum, { macs }) => sum + macs, 0)).toBe(2_656_768);
  expect(ops.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
  for (const op of ops) {
    expect(op).toMatchObject({ kernel: 'scalar', output: expect.any(String) });
    expect(op.us).toBeGreaterThanOrEqual(0);
  }
  expect(() => model.profile(0)).toThrow(/expected a positive number of runs but received 0/);
});

/** Runs a plan on the examples in a worker thread, on the addon that is loaded here too. */
const workerSource = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { addon, plan, isa, examples, input, output } = workerData;
  const native = require(addon).loadPlan(plan, isa, 2 ** 28, 2);
  const view = ({ offset, bytes }) => new Int8Array(native.arena, offset, bytes);
  const results = examples.map((example) => {
    view(input).set(example);
    native.invoke();
    return [Array.from(view(output))];
  });
  native.dispose(native.arena);
  parentPort.postMessage(results);
`;

function startWorker(source: string): Worker {
  const plan = lower(readModel(fs.readFileSync(file)));
  const [input, output] = [plan.inputs[0]!, plan.outputs[0]!].map((index) => {
    const { offset, bytes } = plan.tensors[index]!;
    return { offset, bytes };
  });
  const addon = loadAddonFile().file;
  const workerData = { addon, plan: encodePlan(plan), isa: chooseIsa(), examples, input, output };
  return new Worker(source, { eval: true, workerData });
}

async function runInWorker(): Promise<number[][][]> {
  const worker = startWorker(workerSource);
  const [results] = await once(worker, 'message');
  await worker.terminate();
  return results as number[][][];
}

it('many models at once, in worker threads too, know nothing of one another', data, async () => {
  const { model, expected } = loadAndRunAll();
  const here = examples.map(() => Model.load(file));
  const inWorkers = [runInWorker(), runInWorker(), runInWorker()];
  const results = await Promise.all(here.map((one, i) => one.runAsync([examples[i]!])));
  expect(results.map(bytes)).toEqual(expected);
  for (const result of await Promise.all(inWorkers)) expect(result).toEqual(expected);
  for (const one of [model, ...here]) one.dispose();
});

/** Loads and runs without end. */
const endlessSource = `
  const { parentPort, workerData: { addon, plan, isa } } = require('node:worker_threads');
  const { loadPlan } = require(addon);
  parentPort.postMessage('begun');
  for (;;) {
    const native = loadPlan(plan, isa, 2 ** 28, 2);
    native.invoke();
    native.invokeAsync().catch(() => {});
  }
`;

it('worker threads may be ended while they load and run', data, async () => {
  for (let i = 0; i < 10; i++) {
    const worker = startWorker(endlessSource);
    await once(worker, 'message');
    expect(await worker.terminate()).toBe(1);
  }
});
