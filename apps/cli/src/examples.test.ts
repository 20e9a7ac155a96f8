import fs from 'node:fs';
import path from 'node:path';
import { readNpz } from '@weightfold/test-support';
import { beforeAll, expect } from 'vitest';
import { itOnData, scratch, shared, weightfold } from '../test/launch.js';

// The examples of --help run as they stand, in a folder that holds the files they name. Left out here: training
// (optimize without --dry-run) and what it leaves (report, view, sensitivity of a run folder), downloads (fetch, fashion-mnist), Python rivals;
// Keras files, autoencoders; boards, comparisons of two measurements, and requirements that a busy machine may miss. Those are run by
// the tests of the packages and of the verbs, and by the demo.
const leftOut =
  /optimize(?!.*--dry-run)|report|view|runs\/demo --target|fetch|fashion-mnist|--against litert|model.keras|autoencoder|--host|bench diff|--assert/;
const verbs = [
  'doctor',
  'inspect',
  'diff',
  'datasets',
  'optimize',
  'sensitivity',
  'quantize',
  'compress',
  'decompress',
  'verify',
  'run',
  'eval',
  'bench',
];
let dir: string;

beforeAll(() => {
  if (!fs.existsSync(shared)) return;
  dir = scratch();
  fs.copyFileSync(path.join(shared, 'tfmot/dscnn_s_pcqat_int8.tflite'), path.join(dir, 'model.tflite'));
  fs.copyFileSync(path.join(shared, 'tfmot/dscnn_s_base_fp32.tflite'), path.join(dir, 'float.tflite'));
  const golden = readNpz(path.join(shared, 'tfmot/dscnn_s_pcqat_golden.npz'));
  fs.writeFileSync(path.join(dir, 'x.npy'), golden.input_int8!);
  fs.writeFileSync(path.join(dir, 'y.npy'), golden.labels!);
  fs.copyFileSync(path.join(shared, 'fsdd/fsdd_test_x_f32.npy'), path.join(dir, 'floats.npy'));
  const [train, test] = ['train', 'test'].map((part) => ({
    x: path.join(shared, `fsdd/fsdd_${part}_x_f32.npy`),
    y: path.join(shared, `fsdd/fsdd_${part}_y.npy`),
  }));
  const config = { schemaVersion: 1, dataset: { name: 'fsdd', train, test } };
  fs.writeFileSync(path.join(dir, 'config.json'), JSON.stringify(config));
  weightfold(['compress', 'model.tflite', '-o', 'model.wfz', '-q'], { cwd: dir });
});

itOnData.each(verbs)('the examples of %s --help run', (verb) => {
  const examples = [...weightfold([verb, '--help']).stdout.matchAll(/^ {2}\$ weightfold (.+)$/gm)].map(
    (match) => match[1]!,
  );
  expect(examples.length).toBeGreaterThan(0);
  for (const example of examples.filter((line) => !leftOut.test(line))) {
    const fresh = scratch();
    fs.cpSync(dir, fresh, { recursive: true });
    if (verb === 'compress') fs.rmSync(path.join(fresh, 'model.wfz'));
    const { status, stdout, stderr } = weightfold(example.split(' '), { cwd: fresh });
    expect({ example, status, stderr: status === 0 ? '' : stderr }).toEqual({
      example,
      status: 0,
      stderr: '',
    });
    expect(stdout).not.toBe('');
  }
});
