// bench:import: imports a Keras model (configuration and weights) and compares its float outputs with those of tf-keras, which
// is installed into the cache folder (some 700 MB). Without arguments: TFMOT's MobileNet in WEIGHTFOLD_DATA.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { UsageError } from '@weightfold/base';
import { exampleSize, fillBatch, loadDataset, readNpy, takeExamples, writeNpy } from '@weightfold/datasets';
import { floatLayers, importModel, predict } from '@weightfold/optimizer';
import { installKeras } from '@weightfold/rivals';
import { command, wholeNumber } from './command.js';

/** Largest difference of an output that counts as equal: float32 sums in another order. */
const tolerance = 1e-4;
const script = fileURLToPath(new URL('../../python/keras_predict.py', import.meta.url));

await command(async () => {
  const { values } = parseArgs({
    options: {
      config: { type: 'string' },
      weights: { type: 'string' },
      data: { type: 'string', default: 'fashion-mnist' },
      limit: { type: 'string', default: '1000' },
    },
  });
  const {
    config = given('mobilenet025_architecture.json'),
    weights = given('mobilenet025_base.weights.h5'),
  } = values;
  const limit = wholeNumber('limit', values.limit);
  const split = takeExamples((await loadDataset(values.data)).test, limit);
  const x = fillBatch(
    split,
    Uint32Array.from({ length: split.count }, (_, i) => i),
  );
  const { graph, state } = await importModel(config, { weights });
  const layers = floatLayers(graph, state);
  const name = graph.inputs[0]!.name;
  const size = exampleSize(split);
  const ours: number[] = [];
  for (let at = 0; at < split.count; at += 100) {
    const n = Math.min(100, split.count - at);
    const batch = new Map([[name, x.subarray(at * size, (at + n) * size)]]);
    for (const value of predict(graph, layers, batch, n)[0]!) ours.push(value);
  }
  const theirs = await kerasOutputs(config, weights, x, [split.count, ...split.shape]);
  const largest = ours.reduce((most, value, i) => Math.max(most, Math.abs(value - theirs[i]!)), 0);
  console.log(`${config}: ${split.count} examples of ${values.data}, ${ours.length} outputs`);
  console.log(`largest difference from tf-keras ${largest.toExponential(2)} (at most ${tolerance} is equal)`);
  return ours.length === theirs.length && largest <= tolerance ? 0 : 1;
});

function given(name: string): string {
  const folder = process.env.WEIGHTFOLD_DATA;
  if (folder) return path.join(folder, 'tfmot', name);
  throw new UsageError('which model?', {
    expected: '--config FILE.json --weights FILE.h5, or WEIGHTFOLD_DATA with tfmot/',
  });
}

async function kerasOutputs(
  config: string,
  weights: string,
  x: Float32Array,
  shape: number[],
): Promise<Float32Array> {
  const pythonPath = await installKeras((message) => console.error(message));
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weightfold-keras-'));
  try {
    const [input, output] = ['x.npy', 'y.npy'].map((file) => path.join(folder, file)) as [string, string];
    fs.writeFileSync(input, writeNpy({ dtype: 'float32', shape, data: Float32Array.from(x) }));
    const env = {
      ...process.env,
      PYTHONPATH: pythonPath,
      TF_CPP_MIN_LOG_LEVEL: '3',
      CUDA_VISIBLE_DEVICES: '',
    };
    execFileSync('python3', [script, config, weights, input, output], {
      env,
      stdio: 'pipe',
      timeout: 600_000,
    });
    return readNpy(fs.readFileSync(output)).data as Float32Array;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
