import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from '@weightfold/base';
import { parseCsv } from '../baselines.js';
import type { SweepPoint } from '../sweep.js';

/** A network that TFMOT 0.8.1 was measured on: its schedule as our configuration, and what it reached. */
export interface TfmotNetwork {
  /** For baselines: the model column. */
  model: string;
  /** Everything of a configuration but seed, recipe and starting weights. */
  config: Record<string, unknown>;
  /** TFMOT's own float weights, when WEIGHTFOLD_DATA holds them. */
  weights: string | null;
  /** Int8 top-1 in percent and zipped bytes by stage. */
  theirs: Record<string, { int8: string; zip: string }>;
  /** What the last stage of a recipe has to reach in int8, in percent, and with how many bytes in a .wfz. */
  required: { pcqat: { int8: number }; coded: { int8: number; wfz: number } };
  /** What `coded` is trained with, at as many steps as a stage of TFMOT's. */
  coded: Record<string, unknown>;
  /** Trainings for the coded size of the front; null: none. */
  front: SweepPoint[] | null;
}

export const tfmotNetworks = { mobilenet, 'ds-cnn': dsCnn };

/** MobileNet 0.25 on Fashion-MNIST: one epoch of 15,000 images in each stage, 16 clusters. */
function mobilenet(): TfmotNetwork {
  return {
    model: 'mobilenet-v1-0.25',
    config: {
      baseTraining: { epochs: 5, learningRate: 1e-3, schedule: 'constant' },
      fineTuning: {
        epochs: 1,
        examples: 15000,
        learningRate: 2e-4,
        schedule: 'constant',
        distillation: null,
      },
    },
    weights: given('tfmot/mobilenet025_base.weights.h5'),
    theirs: figures('mobilenet-v1-0.25'),
    required: { pcqat: { int8: 84.5 }, coded: { int8: 87, wfz: 67_000 } },
    // As many steps as pruning, clustering and PCQAT together, of the same 15,000 images.
    coded: {
      lambda: 0.006,
      fineTuning: { epochs: 3, examples: 15000, learningRate: 5e-4, distillation: null },
    },
    front: [
      { lambda: 0.003 },
      { lambda: 0.006, from: 'previous', epochs: 2 },
      { lambda: 0.012, from: 'previous', epochs: 2 },
      { lambda: 0.025, from: 'previous', epochs: 2 },
      { lambda: 0.05, from: 'previous', epochs: 2 },
    ],
  };
}

/** DS-CNN-S on spoken digits: six epochs in each stage, 8 clusters. CQAT and PCQAT of TFMOT are as shipped, with more codes. */
function dsCnn(): TfmotNetwork {
  const features = (part: string) => ({
    x: needed(`fsdd/fsdd_${part}_x_f32.npy`),
    y: needed(`fsdd/fsdd_${part}_y.npy`),
  });
  return {
    model: 'ds-cnn-s',
    config: {
      model: { name: 'ds-cnn', size: 'S' },
      dataset: { name: 'fsdd', train: features('train'), test: features('test') },
      batchSize: 50,
      clusters: 8,
      baseTraining: { epochs: 40, learningRate: 1e-3, schedule: 'constant' },
      fineTuning: { epochs: 6, learningRate: 2e-4, schedule: 'constant', distillation: null },
    },
    weights: given('tfmot/dscnn_s_base.weights.h5'),
    theirs: figures('ds-cnn-s'),
    required: { pcqat: { int8: 99 }, coded: { int8: 99, wfz: 8_500 } },
    coded: {
      lambda: 0.2,
      fineTuning: { epochs: 6, learningRate: 1e-3, augment: { timeShift: 2 } },
    },
    front: null,
  };
}

/** TFMOT's figures (packages/bench/figures). */
function figures(model: string): TfmotNetwork['theirs'] {
  const file = fileURLToPath(new URL(`../../figures/tfmot-${model}.csv`, import.meta.url));
  const rows = parseCsv(fs.readFileSync(file, 'utf8'));
  return Object.fromEntries(
    rows.map(({ name, accuracyInt8, bytes }) => [name, { int8: accuracyInt8!, zip: bytes! }]),
  );
}

const place = (file: string) => path.join(process.env.WEIGHTFOLD_DATA ?? '', file);

function given(file: string): string | null {
  return fs.existsSync(place(file)) ? place(file) : null;
}

function needed(file: string): string {
  if (fs.existsSync(place(file))) return place(file);
  throw new UsageError(`${place(file)}: no such file`, {
    where: place(file),
    expected: 'features of the spoken digits',
    hint: 'set WEIGHTFOLD_DATA to a folder that has fsdd/',
  });
}
