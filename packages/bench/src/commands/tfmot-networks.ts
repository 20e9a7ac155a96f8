import fs from 'node:fs';
import path from 'node:path';
import { UsageError } from '@weightfold/base';

/** A network that TFMOT 0.8.1 was measured on: its schedule as our configuration, and what it reached. */
export interface TfmotNetwork {
  /** For baselines: the model column. */
  model: string;
  /** Everything of a configuration but seed, recipe and starting weights. */
  config: Record<string, unknown>;
  /** TFMOT's own float weights, when WEIGHTFOLD_DATA holds them. */
  weights: string | null;
  /** Int8 top-1 in percent and zipped bytes by stage. */
  theirs: Record<string, { int8: number; zip: number }>;
  /** What the last stage of a recipe has to reach in int8, in percent, and with how many bytes in a .wfz. */
  required: { pcqat: { int8: number }; coded: { int8: number; wfz: number } };
  /** What `coded` is trained with, at as many steps as a stage of TFMOT's. */
  coded: Record<string, unknown>;
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
    theirs: {
      base: { int8: 87.59, zip: 239360 },
      pruned: { int8: 78.5, zip: 180135 },
      clustered: { int8: 86.71, zip: 178702 },
      'sparse-clustered': { int8: 83.64, zip: 153208 },
      qat: { int8: 87.13, zip: 237135 },
      pqat: { int8: 83.51, zip: 179004 },
      cqat: { int8: 86.4, zip: 176781 },
      pcqat: { int8: 84.23, zip: 149751 },
    },
    required: { pcqat: { int8: 84.5 }, coded: { int8: 87, wfz: 67_000 } },
    // As many steps as pruning, clustering and PCQAT together, of the same 15,000 images.
    coded: {
      lambda: 0.006,
      fineTuning: { epochs: 3, examples: 15000, learningRate: 5e-4, distillation: null },
    },
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
    theirs: {
      base: { int8: 99.33, zip: 30422 },
      pruned: { int8: 99.33, zip: 24639 },
      clustered: { int8: 99.33, zip: 22140 },
      'sparse-clustered': { int8: 99.33, zip: 20676 },
      qat: { int8: 99.67, zip: 30282 },
      pqat: { int8: 99.33, zip: 24689 },
      cqat: { int8: 99.67, zip: 26473 },
      pcqat: { int8: 99.33, zip: 22111 },
    },
    required: { pcqat: { int8: 99 }, coded: { int8: 99, wfz: 8_500 } },
    coded: {
      lambda: 0.2,
      fineTuning: { epochs: 6, learningRate: 1e-3, augment: { timeShift: 2 } },
    },
  };
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
