import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { sha256Hex } from '@weightfold/base';
import { decodeContainer } from '@weightfold/container';
import { type Dataset, loadDataset, selectExamples, takeExamples } from '@weightfold/datasets';
import { type ProgressEvent, parseConfig } from '@weightfold/optimizer';
import { bytesOf, data, needing, python } from '@weightfold/test-support';
import { expect, it, vi } from 'vitest';
import { reportDocument } from '../report/document.js';
import { gatherReport } from '../report/gather.js';
import { renderReport } from '../report/report.js';
import { evaluateModel } from './evaluate.js';
import { type RunResult, runPipeline } from './run.js';

/** A run too short to learn much, but through every part: training, export, packing, running, judging, reporting. */
const config = parseConfig({
  schemaVersion: 1,
  seed: 5,
  batchSize: 20,
  momentBatches: 2,
  calibrationExamples: 40,
  recipe: {
    stages: [
      { name: 'base', epochs: 1, examples: 120, learningRate: 2e-3 },
      {
        name: 'all-at-once',
        from: 'base',
        constraints: [
          { type: 'sparsity', target: 0.5 },
          { type: 'cluster', clusters: 16 },
          { type: 'quantize' },
        ],
        epochs: 1,
        examples: 60,
        learningRate: 1e-3,
      },
    ],
  },
});

async function firstImages(): Promise<Dataset> {
  vi.stubEnv('WEIGHTFOLD_DATA', data);
  const dataset = await loadDataset('fashion-mnist');
  vi.unstubAllEnvs();
  return { ...dataset, train: takeExamples(dataset.train, 200), test: takeExamples(dataset.test, 200) };
}

it(
  'leaves a run folder whose figures hold for the files in it, and measures nothing twice',
  needing('data', 'python'),
  async () => {
    vi.stubEnv('WEIGHTFOLD_PYTHON_RIVALS', python!);
    const dataset = await firstImages();
    const outDir = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-run-'));
    const notes: string[] = [];
    const run = () =>
      runPipeline({
        config,
        outDir,
        dataset,
        onEvent: ({ type, message }) => type === 'note' && notes.push(message!),
      });
    const result = await run();
    const written = JSON.parse(fs.readFileSync(path.join(outDir, 'result.json'), 'utf8')) as RunResult;
    expect(written).toEqual(result);
    expect(written.stages.map(({ name }) => name)).toEqual(['base', 'all-at-once']);
    for (const stage of written.stages) {
      const tflite = bytesOf(path.join(outDir, stage.tflite));
      const wfz = bytesOf(path.join(outDir, stage.wfz));
      expect([tflite.length, sha256Hex(tflite), wfz.length]).toEqual([
        stage.bytes,
        stage.sha256,
        stage.wfzBytes,
      ]);
      expect(Buffer.compare(decodeContainer(wfz), tflite)).toBe(0);
      expect(stage.accuracyInt8).toBe(evaluateModel(tflite, dataset.test).accuracy);
      expect(stage.judgement).toMatchObject({ tflmEqual: 100, tflmCompared: 100 });
      expect(stage.wfzBytes).toBeLessThan(Math.min(stage.zipBytes, stage.xzBytes!, stage.brotliBytes));
      expect(stage.litertMedianUs).toBeGreaterThan(0);
    }
    const last = written.stages.at(-1)!;
    expect(last.zeroFraction).toBeGreaterThanOrEqual(0.5);
    expect(last.maxDistinct).toBeLessThanOrEqual(16);
    expect(written.provenance).toMatchObject({
      seed: 5,
      dataset: { name: 'fashion-mnist', licence: 'MIT' },
      versions: { node: process.version, 'ai-edge-litert': '2.3.0' },
    });
    const report = gatherReport(outDir);
    expect(reportDocument.parse(report)).toEqual(report);
    const sum = (parts: Record<string, number>) => Object.values(parts).reduce((a, b) => a + b, 0);
    for (const { content, bytes, wfzBytes } of report.stages) {
      expect([sum(content!.plain), sum(content!.coded) + content!.headerBytes]).toEqual([bytes, wfzBytes]);
      expect(content!.coded.weights).toBeLessThan(content!.plain.weights);
    }
    expect(report.stages.map(({ from }) => from)).toEqual([null, 'base']);
    expect(renderReport(report)).toContain('Real weights of');

    expect(notes.filter((note) => /^measuring .*: size$/.test(note)).length).toBe(2);
    notes.length = 0;
    expect((await run()).stages).toEqual(result.stages);
    expect(notes.filter((note) => note.startsWith('measuring'))).toEqual([]);
  },
);

it('stops while a stage is measured, before the next one, and goes on there', needing('data'), async () => {
  vi.stubEnv('WEIGHTFOLD_PYTHON_RIVALS', path.join(os.tmpdir(), 'none'));
  const dataset = await firstImages();
  // Enough of them for the event loop to have turns while they are scored.
  const many = Array.from({ length: 4000 }, (_, i) => i % dataset.test.count);
  const slow = { ...dataset, test: selectExamples(dataset.test, many) };
  const outDir = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-run-'));
  /** What is told until a turn after the note with that ending. */
  const toldUntil = async (ending: string) => {
    const stop = new AbortController();
    const told: string[] = [];
    const onEvent = ({ type, stage, message }: ProgressEvent) => {
      if (type !== 'step') told.push(message ?? `${stage} ${type}`);
      if (message?.endsWith(ending)) setImmediate(() => stop.abort(new Error('stopped')));
    };
    const run = runPipeline({ config, outDir, dataset: slow, onEvent, signal: stop.signal });
    await expect(run).rejects.toThrow('stopped');
    return told;
  };
  const scoring = 'measuring 01-base/model.tflite: 4000 test examples';
  expect((await toldUntil('test examples')).at(-1)).toBe(scoring);
  expect(await toldUntil('size')).toEqual(['measuring 01-base/model.tflite: size']);
  vi.unstubAllEnvs();
});

it('says that nothing can be measured before anything is trained', needing('data'), async () => {
  const dataset = await firstImages();
  const outDir = path.join(os.tmpdir(), `wf-run-none-${process.pid}`);
  vi.stubEnv('WEIGHTFOLD_ISA', 'mmx');
  await expect(runPipeline({ config, outDir, dataset })).rejects.toMatchObject({ code: 'UNKNOWN_ISA' });
  vi.unstubAllEnvs();
  expect(fs.existsSync(outDir)).toBe(false);
});
