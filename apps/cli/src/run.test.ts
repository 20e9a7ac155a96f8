import fs from 'node:fs';
import path from 'node:path';
import { readNpy, writeNpy } from '@weightfold/datasets';
import { readNpz } from '@weightfold/test-support';
import { expect } from 'vitest';
import { itOnData, json, scratch, shared, sharedModel, weightfold } from '../test/launch.js';

// 100 int8 inputs, labels, and the outputs of LiteRT's reference kernels for them; made by TFMOT 0.8.1 and LiteRT
// (README.md of the shared data). `--rounding litert-ref` has to equal `out_ref` bit for bit (decisions.md 17).
const model = path.join(shared, 'tfmot/dscnn_s_pcqat_int8.tflite');

function golden() {
  const dir = scratch();
  const entries = readNpz(path.join(shared, 'tfmot/dscnn_s_pcqat_golden.npz'));
  const file = (name: string) => path.join(dir, `${name}.npy`);
  for (const [name, bytes] of Object.entries(entries)) fs.writeFileSync(file(name), bytes);
  const [input, outRef, labels] = ['input_int8', 'out_ref', 'labels'].map((name) => readNpy(entries[name]!));
  return { dir, file, input: input!, outRef: outRef!, labels: labels! };
}

itOnData('runs a batch of 100 examples to the bytes of the golden file, from .tflite and from .wfz', () => {
  const { dir, file, outRef } = golden();
  const wfz = path.join(dir, 'model.wfz');
  weightfold(['compress', model, '-o', wfz, '--level', 'fast']);
  for (const source of [model, wfz]) {
    const output = path.join(dir, `y-${path.extname(source).slice(1)}.npy`);
    const words = [
      'run',
      source,
      '--input',
      file('input_int8'),
      '--output',
      output,
      '--rounding',
      'litert-ref',
    ];
    const { status, document } = json(words);
    expect({ status, error: document.error }).toEqual({ status: 0, error: undefined });
    expect(document.outputs).toMatchObject([{ dtype: 'int8', shape: [100, 10], file: output }]);
    expect(readNpy(fs.readFileSync(output))).toEqual(outRef);
  }
});

itOnData('takes a single example and names of tensors', () => {
  const { dir, input, outRef } = golden();
  const [x, y] = [path.join(dir, 'x.npy'), path.join(dir, 'y.npy')];
  const one = (input.data as Int8Array).slice(0, 490);
  fs.writeFileSync(x, writeNpy({ dtype: 'int8', shape: [1, 49, 10, 1], data: one }));
  const name = json(['run', model, '--input', x]).document.outputs[0].name;
  const words = ['run', model, '--input', x, '--output', `${name}=${y}`, '--rounding', 'litert-ref'];
  expect(weightfold(words).status).toBe(0);
  const result = readNpy(fs.readFileSync(y));
  expect(result.shape).toEqual([1, 10]);
  expect([...(result.data as Int8Array)]).toEqual([...(outRef.data as Int8Array).subarray(0, 10)]);
});

itOnData('takes floats into an int8 model only with --quantize-input', () => {
  const { dir, file, input } = golden();
  const [x, y, z] = ['x.npy', 'y.npy', 'z.npy'].map((name) => path.join(dir, name)) as [
    string,
    string,
    string,
  ];
  // Reals that quantize back to the golden codes: scale × (code − zero point), as the model's input says.
  const { inputs } = json(['inspect', model]).document;
  const { scale, zeroPoint } = inputs[0];
  const real = Float32Array.from(input.data as Int8Array, (code) => scale * (code - zeroPoint));
  fs.writeFileSync(x, writeNpy({ dtype: 'float32', shape: input.shape, data: real }));
  const refused = json(['run', model, '--input', x, '--output', y]);
  expect(refused.status).toBe(2);
  expect(refused.document.error).toMatchObject({ code: 'DTYPE', expected: 'int8', received: 'float32' });
  expect(refused.document.error.hint).toContain('--quantize-input');
  expect(weightfold(['run', model, '--input', x, '--output', y, '--quantize-input']).status).toBe(0);
  expect(weightfold(['run', model, '--input', file('input_int8'), '--output', z]).status).toBe(0);
  expect(fs.readFileSync(y).equals(fs.readFileSync(z))).toBe(true);
});

itOnData('refuses a wrong shape, an unknown name and a missing input with exit code 2', () => {
  const { dir, input } = golden();
  const x = path.join(dir, 'x.npy');
  fs.writeFileSync(x, writeNpy({ dtype: 'int8', shape: [100, 490], data: input.data }));
  const wrongShape = json(['run', model, '--input', x]);
  expect(wrongShape.status).toBe(2);
  expect(wrongShape.document.error).toMatchObject({
    code: 'SHAPE',
    where: x,
    expected: '[1, 49, 10, 1] or [N, 49, 10, 1]',
    received: '[100, 490]',
  });
  expect(json(['run', model]).document.error.code).toBe('MISSING_INPUT');
});

itOnData(
  'names the tensors there are for a name that is none, and takes a file with = in its name by its path',
  () => {
    const { dir, file } = golden();
    const x = file('input_int8');
    const { inputs, outputs } = json(['inspect', model]).document;
    const wrongInput = json(['run', model, '--input', `foo=${x}`]);
    expect(wrongInput).toMatchObject({ status: 2, document: { ok: false } });
    expect(wrongInput.document.error).toMatchObject({
      message: 'The model has no input foo',
      expected: `${inputs[0].name}=file.npy`,
    });
    const wrongOutput = json(['run', model, '--input', x, '--output', 'foo=y.npy'], { cwd: dir });
    expect(wrongOutput).toMatchObject({
      status: 2,
      document: {
        error: { message: 'The model has no output foo', expected: `${outputs[0].name}=file.npy` },
      },
    });
    expect(fs.existsSync(path.join(dir, 'foo=y.npy'))).toBe(false);
    expect(weightfold(['run', model, '--input', x, '--output', './a=b.npy'], { cwd: dir }).status).toBe(0);
    expect(readNpy(fs.readFileSync(path.join(dir, 'a=b.npy'))).shape).toEqual([100, 10]);
  },
);

itOnData('writes over an array, over another file only with -f, and never over the model or an input', () => {
  const { dir, file } = golden();
  const [x, y, own] = [file('input_int8'), path.join(dir, 'y.npy'), path.join(dir, 'own.tflite')];
  fs.copyFileSync(model, own);
  fs.symlinkSync(own, path.join(dir, 'alias.tflite'));
  fs.writeFileSync(y, 'precious');
  const run = (...words: string[]) => json(['run', own, '--input', x, ...words]);
  expect(run('--output', y)).toMatchObject({ status: 2, document: { error: { code: 'EXISTS', where: y } } });
  expect(fs.readFileSync(y, 'utf8')).toBe('precious');
  expect(run('--output', y, '-f').status).toBe(0);
  expect(run('--output', y).status).toBe(0);
  for (const target of [own, x, path.join(dir, 'alias.tflite')])
    expect(run('--output', target, '-f')).toMatchObject({
      status: 2,
      document: { error: { code: 'OUTPUT_IS_INPUT', where: target } },
    });
  expect(fs.readFileSync(own).equals(fs.readFileSync(model))).toBe(true);
});

itOnData('refuses NaN, which has no code, and labels that do not fit, with exit code 2', () => {
  const dir = scratch();
  const [x, two, three] = ['x.npy', 'two.npy', 'three.npy'].map((name) => path.join(dir, name)) as [
    string,
    string,
    string,
  ];
  const data = new Float32Array(980);
  data[493] = Number.NaN;
  fs.writeFileSync(x, writeNpy({ dtype: 'float32', shape: [2, 49, 10, 1], data }));
  fs.writeFileSync(two, writeNpy({ dtype: 'int32', shape: [2], data: new Int32Array(2) }));
  fs.writeFileSync(three, writeNpy({ dtype: 'int32', shape: [3], data: new Int32Array(3) }));
  const refused = json(['run', model, '--input', x, '--quantize-input']);
  expect(refused).toMatchObject({ status: 2, document: { error: { where: `${x}, value 493` } } });
  expect(json(['eval', model, '--data', `${x},${two}`]).document.error.message).toMatch(
    /^example 1 holds NaN/,
  );
  expect(json(['eval', model, '--data', `${x},${three}`])).toMatchObject({
    status: 2,
    document: { error: { expected: '2 labels', received: '3' } },
  });
  expect(json(['eval', model, '--data', `${three},${x}`]).status).toBe(2); // swapped
});

itOnData('refuses a model with ops that the runtime does not have with exit code 4 and names the op', () => {
  const { dir } = golden();
  const x = path.join(dir, 'x.npy');
  fs.writeFileSync(x, writeNpy({ dtype: 'float32', shape: [1, 640], data: new Float32Array(640) }));
  const { status, document } = json(['run', sharedModel('mlperf_ad01_fp32'), '--input', x]);
  expect(status).toBe(4);
  expect(JSON.stringify(document.error)).toMatch(/FULLY_CONNECTED/);
});

itOnData('counts the accuracy over a pair of .npy files', () => {
  const { file, outRef, labels } = golden();
  const out = outRef.data as Int8Array;
  let right = 0;
  for (let i = 0; i < 100; i++) {
    const row = [...out.subarray(i * 10, i * 10 + 10)];
    if (row.indexOf(Math.max(...row)) === Number(labels.data[i])) right++;
  }
  const data = `${file('input_int8')},${file('labels')}`;
  const { status, document } = json(['eval', model, '--data', data, '--rounding', 'litert-ref']);
  expect({ status, error: document.error }).toEqual({ status: 0, error: undefined });
  expect(document).toMatchObject({ command: 'eval', samples: 100, accuracy: right });
  const few = json(['eval', model, '--data', data, '--limit', '10']).document;
  expect(few.samples).toBe(10);
});

itOnData('measures how far an autoencoder’s output is from its input', () => {
  const dir = scratch();
  const x = path.join(dir, 'x.npy');
  const data = Float32Array.from({ length: 4 * 640 }, (_, i) => 2 * Math.sin(i / 7));
  fs.writeFileSync(x, writeNpy({ dtype: 'float32', shape: [4, 640], data }));
  const autoencoder = sharedModel('mlperf_ad01_int8');
  const { status, document } = json(['eval', autoencoder, '--data', x, '--metric', 'mse']);
  expect({ status, error: document.error }).toEqual({ status: 0, error: undefined });
  expect(document).toMatchObject({ samples: 4, accuracy: null });
  expect(document.mse).toBeGreaterThan(0);
  const { stdout } = weightfold(['eval', autoencoder, '--data', x, '--metric', 'mse']);
  expect(stdout).toBe(`mean squared error ${document.mse.toPrecision(4)} of 4 examples (${x})\n`);
});

itOnData('--profile tells every op, and --threads changes no byte', () => {
  const { dir, file, outRef } = golden();
  const y = path.join(dir, 'threads.npy');
  const words = ['run', model, '--input', file('input_int8'), '--output', y, '--rounding', 'litert-ref'];
  const { status, document } = json([...words, '--threads', '3', '--profile']);
  expect(status).toBe(0);
  expect(readNpy(fs.readFileSync(y))).toEqual(outRef);
  const { profile } = document;
  expect(profile).toMatchObject({ runs: 100, threads: 3 });
  expect(profile.ops.map(({ operator }: { operator: string }) => operator)).toContain('SOFTMAX');
  for (const op of profile.ops)
    expect(op).toMatchObject({ kernel: expect.any(String), us: expect.any(Number) });
  const { stdout } = weightfold([...words, '--profile']);
  expect(stdout).toMatch(/operator +runs as +kernel +output +µs +share +MACs/);
  expect(stdout).toMatch(/µs in all ops on one thread, medians of 100 runs/);
});
