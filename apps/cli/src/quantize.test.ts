import fs from 'node:fs';
import path from 'node:path';
import { readNpy } from '@weightfold/datasets';
import { expect, it } from 'vitest';
import { itOnData, json, root, scratch, shared, sharedModel, weightfold } from '../test/launch.js';

const fsdd = (name: string) => path.join(shared, 'fsdd', name);
const train = fsdd('fsdd_train_x_f32.npy');

itOnData('quantizes a Keras model to within one recording of what TFMOT’s converter reaches', () => {
  const output = path.join(scratch(), 'int8.tflite');
  const architecture = path.join(shared, 'tfmot/dscnn_s_architecture.json');
  const weights = path.join(shared, 'tfmot/dscnn_s_base.weights.h5');
  const words = ['quantize', architecture, '--weights', weights, '--calibrate', train, '-o', output];
  const { status, document } = json(words);
  expect(status).toBe(0);
  expect(document).toMatchObject({ command: 'quantize', bytes: fs.statSync(output).size, examples: 200 });
  expect(document.layers[0]).toMatchObject({ name: 'conv1_relu', op: 'CONV_2D' });
  const test = `${fsdd('fsdd_test_x_f32.npy')},${fsdd('fsdd_test_y.npy')}`;
  // TFMOT 0.8.1's PTQ of these weights: 99.33 % of the 300 recordings.
  expect(json(['eval', output, '--data', test]).document.accuracy).toBeGreaterThanOrEqual(99);
});

itOnData('runs what --float-io writes on floats, as the int8 model on their codes', () => {
  const dir = scratch();
  const [int8, real, a, b] = ['int8.tflite', 'float.tflite', 'a.npy', 'b.npy'].map((name) =>
    path.join(dir, name),
  ) as [string, string, string, string];
  const words = ['quantize', sharedModel('qualcomm_kws_float'), '--calibrate', train];
  expect(weightfold([...words, '-o', int8]).status).toBe(0);
  expect(weightfold([...words, '-o', real, '--float-io']).status).toBe(0);
  const x = fsdd('fsdd_test_x_f32.npy');
  const coded = json(['run', int8, '--input', x, '--output', a, '--quantize-input']);
  const own = json(['run', real, '--input', x, '--output', b]);
  expect([coded.status, own.status]).toEqual([0, 0]);
  const [{ scale, zeroPoint }] = coded.document.outputs;
  const codes = readNpy(fs.readFileSync(a)).data as Int8Array;
  const reals = readNpy(fs.readFileSync(b));
  expect(reals.dtype).toBe('float32');
  expect(reals.data).toEqual(Float32Array.from(codes, (code) => scale * (code - zeroPoint)));
  const test = `${x},${fsdd('fsdd_test_y.npy')}`;
  const scores = [int8, real].map((file) => json(['eval', file, '--data', test]).document.accuracy);
  expect(scores[1]).toBe(scores[0]);
});

itOnData('gives the same bytes again, and shows every layer with -v', () => {
  const dir = scratch();
  const [a, b] = ['a', 'b'].map((name) => path.join(dir, `${name}.tflite`)) as [string, string];
  const words = ['quantize', sharedModel('qualcomm_kws_float'), '--calibrate', train, '--calibration', 'mse'];
  weightfold([...words, '-o', a]);
  const { stdout, status } = weightfold([...words, '-o', b, '-v']);
  expect(status).toBe(0);
  expect(stdout).toMatch(/DEPTHWISE_CONV_2D +\d+\.\d +\d+\.\d +[01]\.\d{5}/);
  expect(fs.readFileSync(a).equals(fs.readFileSync(b))).toBe(true);
});

itOnData.each([
  ['a model that is quantized already', 'mlperf_kws01_dscnn_int8', train, 4, /quantized already/],
  ['a layer that it has no equivalent for', 'silabs_micro_speech', train, 4, /expected a float model/],
  [
    'examples of another shape',
    'mlperf_ic01_resnet8_fp32',
    train,
    2,
    /fsdd_train_x_f32\.npy: .*\[32,32,3\] but received \[49,10,1\]/,
  ],
  ['a data set that it does not know', 'mlperf_ic01_resnet8_fp32', 'no-such-set', 2, /no-such-set/],
])('refuses %s and writes nothing', (_, model, data, code, message) => {
  const output = path.join(scratch(), 'out.tflite');
  const { status, stderr } = weightfold(['quantize', sharedModel(model), '--calibrate', data, '-o', output]);
  expect({ status, exists: fs.existsSync(output) }).toEqual({ status: code, exists: false });
  expect(stderr).toMatch(message);
});

itOnData('asks for what is missing before it reads anything', () => {
  const model = sharedModel('qualcomm_kws_float');
  expect(weightfold(['quantize', model]).stderr).toMatch(/--calibrate <data> is missing/);
  expect(weightfold(['quantize', model, '--calibrate', train]).stderr).toMatch(/--output.* is missing/);
  const missing = weightfold(['quantize', 'no.keras', '--calibrate', train, '-o', path.join(scratch(), 'x')]);
  expect([missing.status, missing.stderr]).toEqual([2, expect.stringContaining('no.keras: no such file')]);
});

itOnData('asks for the architecture that weights alone lack', () => {
  const weights = path.join(shared, 'tfmot/dscnn_s_base.weights.h5');
  const { status, document } = json([
    'quantize',
    weights,
    '--calibrate',
    train,
    '-o',
    path.join(scratch(), 'x'),
  ]);
  expect({ status, code: document.error.code }).toEqual({ status: 2, code: 'WEIGHTS_ONLY' });
  expect(document.error.hint).toContain(`CONFIGURATION.json --weights ${weights}`);
});

it('says in one line what is wrong with a damaged HDF5 file, and HDF5 itself says nothing', () => {
  const damaged = path.join(scratch(), 'damaged.h5');
  const bytes = fs.readFileSync(path.join(root, 'packages/optimizer/test/keras/plain3.h5'));
  for (const cut of [bytes.subarray(0, 9000), Buffer.from(bytes).fill(0xff, 8, 96)]) {
    fs.writeFileSync(damaged, cut);
    const output = path.join(scratch(), 'x.tflite');
    const { status, stderr } = weightfold(['quantize', damaged, '--calibrate', 'x.npy', '-o', output]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error: \S+damaged\.h5: expected an undamaged HDF5 file \([^\n]+\)\n/);
    expect(stderr).not.toMatch(/HDF5-DIAG|#000/);
  }
});
