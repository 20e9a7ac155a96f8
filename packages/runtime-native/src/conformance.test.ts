import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { UnsupportedError } from '@weightfold/base';
import { afterAll, describe, expect, it } from 'vitest';
import { loadModel, nativeInfo } from './index.js';
import { data, inputBytes, noise, ready, real, runJudge, runOurs } from './test-support/judge.js';

// The law: equal to TensorFlow Lite Micro in every output byte, on every instruction set (docs/design/rounding.md).
const examples = 5;
const isas = nativeInfo().available;
const files = ready
  ? ['models', 'tfmot'].flatMap((folder) =>
      fs
        .readdirSync(path.join(data, folder))
        .filter((file) => file.endsWith('.tflite'))
        .map((file) => path.join(folder, file)),
    )
  : [];
/** Networks whose ops we have; at least these must run, or support was lost. */
const supported = [
  'mlperf_ad01_int8',
  'mlperf_ic01_resnet8_int8',
  'mlperf_kws01_dscnn_int8',
  'mlperf_vww01_mbv1_int8',
];
const ran: string[] = [];

describe.each(files)('%s', (file) => {
  it('gives the bytes of TensorFlow Lite Micro on noise, or names the op that is not supported', real, () => {
    const bytes = new Uint8Array(fs.readFileSync(path.join(data, file)));
    let theirs: Buffer | undefined;
    for (const isa of isas) {
      try {
        const model = loadModel(bytes, { isa });
        const inputs = noise(examples * inputBytes(model), 7);
        const ours = runOurs(model, inputs);
        model.dispose();
        theirs ??= runJudge('tflm', bytes, inputs);
        expect(Buffer.compare(ours, theirs), isa).toBe(0);
        ran.push(path.basename(file, '.tflite'));
      } catch (error) {
        if (!(error instanceof UnsupportedError)) throw error;
        expect(error.message).toMatch(/operator \d+|input|output/);
        expect(error.exitCode).toBe(4);
      }
    }
  });
});

describe.each(['dscnn_s_base', 'dscnn_s_pcqat', 'mobilenet025_base', 'mobilenet025_qat'])('%s', (name) => {
  it('gives the golden outputs of LiteRT’s reference kernels in mode litert-ref', real, () => {
    const code = `import sys,numpy as np
z=np.load(sys.argv[1]); sys.stdout.buffer.write(z[sys.argv[2]].astype(np.int8).tobytes())`;
    const env = { ...process.env, PYTHONPATH: process.env.WEIGHTFOLD_PYTHON_RIVALS };
    const golden = path.join(data, 'tfmot', `${name}_golden.npz`);
    const array = (key: string) =>
      execFileSync('python3', ['-c', code, golden, key], { env, maxBuffer: 1 << 26 });
    const keys = execFileSync(
      'python3',
      ['-c', 'import sys,numpy as np; print(*np.load(sys.argv[1]).keys())', golden],
      {
        env,
        encoding: 'utf8',
      },
    );
    const inputKey = keys
      .trim()
      .split(' ')
      .find((key) => !/out|label|^y/.test(key))!;
    for (const isa of isas) {
      const model = loadModel(path.join(data, 'tfmot', `${name}_int8.tflite`), {
        isa,
        rounding: 'litert-ref',
      });
      expect(Buffer.compare(runOurs(model, new Uint8Array(array(inputKey))), array('out_ref')), isa).toBe(0);
      model.dispose();
    }
  });
});

afterAll(() => {
  if (ready) expect(ran).toEqual(expect.arrayContaining(supported));
});
