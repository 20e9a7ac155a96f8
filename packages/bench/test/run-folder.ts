import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { compress } from '@weightfold/compressor';
import { parseConfig } from '@weightfold/optimizer/config';
import { noise } from '@weightfold/test-support';

/** The whole deployment tree. */
export const treeStages = [
  'base',
  'qat',
  'pruned',
  'pqat',
  'clustered',
  'cqat',
  'sparse-clustered',
  'pcqat',
  'coded',
];

/** A layer whose name would do harm in a page that does not escape it. */
export const hostileLayer = 'b1 <pw>';

const density = {
  layer: hostileLayer,
  float: { min: -1, max: 1, counts: [1, 5, 9, 2] },
  int8: { counts: Array.from({ length: 255 }, (_, i) => (i === 127 ? 9000 : 3)) },
};

/** A run folder of a whole tree as runPipeline leaves it; the figures are made up, the page is what is tested. */
export function runFolder(): string {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-report-'));
  const stages = treeStages.map((name, i) => {
    const folder = `0${i + 1}-${name}`;
    fs.mkdirSync(path.join(dir, folder));
    const { bytes } = compress(noise(5000, i));
    fs.writeFileSync(path.join(dir, folder, 'model.wfz'), bytes);
    return { name, tflite: `${folder}/model.tflite`, wfz: `${folder}/model.wfz`, ...figures(i) };
  });
  const config = parseConfig({ schemaVersion: 1, recipe: ['qat', 'pqat', 'cqat', 'pcqat', 'coded'] });
  const provenance = {
    date: '2026-11-24T00:00:00Z',
    seed: 1,
    config,
    dataset: { name: 'fashion-mnist', source: 'a test', licence: 'MIT', files: [] },
    machine: { cpu: 'a CPU', cores: 2, memoryBytes: 2 ** 34, os: 'Linux', features: [] },
    versions: { node: process.version },
  };
  fs.writeFileSync(path.join(dir, 'result.json'), JSON.stringify({ schemaVersion: 1, stages, provenance }));
  fs.writeFileSync(path.join(dir, 'metrics.jsonl'), metrics());
  fs.writeFileSync(path.join(dir, 'events.jsonl'), attempts());
  return dir;
}

function figures(i: number) {
  return {
    kind: 'ptq',
    accuracyFloat: 88,
    accuracyValidation: null,
    accuracyInt8: 87.5 - i,
    mseFloat: null,
    mseInt8: null,
    bytes: 297632,
    sha256: 'ab'.repeat(32),
    zipBytes: 141070,
    wfzBytes: 99000 - 1000 * i,
    xzBytes: 128308,
    brotliBytes: 130000,
    zeroFraction: 0.5,
    maxDistinct: 16,
    medianUs: 40 + i,
    p95Us: 44 + i,
    litertMedianUs: i === 0 ? null : 60,
    litertP95Us: i === 0 ? null : 70,
    trusted: i === 0,
    judgement: null,
    steps: 200,
    seconds: 2,
    cpuSeconds: 3,
    isa: 'avx2',
    arenaBytes: 12544,
    layers: [
      { name: `${hostileLayer}/weights`, elements: 9762, zeros: 9000, distinct: 255, entropyBits: 8 - i / 2 },
      { name: 'b1_dw/weights', elements: 400, zeros: 1, distinct: 200, entropyBits: 8 },
    ],
    densities: [density],
  };
}

/** Logs as a killed run leaves them, which ends in half a line. */
function metrics(): string {
  const step = (stage: string, at: number) =>
    JSON.stringify({
      type: 'step',
      stage,
      step: at,
      loss: 1 / at,
      accuracy: 80 + at / 10,
      zeroFraction: 0.5,
    });
  const lines = treeStages.flatMap((name) => [step(name, 100), step(name, 200)]);
  return [...lines, '{"type":"step","sta'].join('\n');
}

function attempts(): string {
  const line = (i: number, bytes: number, accuracyValidation: number | null, accepted: boolean) => {
    const attempt = { name: `coded-try-${i}`, bytes, accuracyValidation, leastAccuracy: 86.5, accepted };
    return JSON.stringify({ type: 'note', stage: 'coded', message: 'told', attempt });
  };
  return [line(1, 70123, 87.25, true), line(2, 42000, 85.5, false), line(3, 20000, null, false)].join('\n');
}
