import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { modelFile } from '@weightfold/test-support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needingArm } from '../../test/needing-arm.js';
import { conformance } from './conformance.js';
import { allArmCpus } from './emulator.js';
import { armJob, placeRunners, type Runners } from './job.js';

// The whole data folder: npm run arm:conformance. Here two of convolutions, one of matrix products, and one that keeps a state.
const models = ['mlperf_kws01_dscnn_int8', 'mlperf_ic01_resnet8_int8', 'mlperf_ad01_int8', 'mww_vad_v2'];

describe('the runners for Arm under QEMU', needingArm(), () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-arm-'));
  let runners: Runners;
  // Compiling takes a minute on two idle cores.
  beforeAll(async () => {
    runners = await placeRunners(dir);
  }, 400_000);
  afterAll(() => fs.rmSync(dir, { recursive: true }));

  it.each(models)('gives the bytes of this machine’s scalar kernels on every CPU: %s', async (model) => {
    const results = await conformance(armJob(modelFile(`${model}.tflite`)), runners, dir);
    expect(results).toEqual(allArmCpus.map((cpu) => ({ cpu, difference: null })));
  });

  it('tells the first byte that differs, bytes too few, and a runner that fails', async () => {
    const job = armJob(modelFile(`${models[0]}.tflite`));
    const differences = async (changed: Partial<typeof job>) =>
      new Set((await conformance({ ...job, ...changed }, runners, dir)).map(({ difference }) => difference));
    const [{ name, bytes }] = job.outputs as [(typeof job.outputs)[0]];
    const other = bytes.map((byte, i) => (i === 5 ? byte ^ 1 : byte));
    expect(await differences({ outputs: [{ name, bytes: other }] })).toEqual(
      new Set([`${name}, byte 5: expected ${other[5]} but received ${bytes[5]}`]),
    );
    expect(await differences({ outputs: [...job.outputs, { name: 'more', bytes }] })).toEqual(
      new Set([`more, byte 0: expected ${bytes[0]} but received none`]),
    );
    expect([...(await differences({ input: job.input.subarray(1) }))][0]).toMatch(
      /^exit code 1: .*expected 490 bytes of input but received 489/,
    );
  });
});
