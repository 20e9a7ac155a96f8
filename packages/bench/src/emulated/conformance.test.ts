import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { modelFile } from '@weightfold/test-support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needingArm } from '../../test/needing-arm.js';
import { buildLimitMs } from '../board/runner.js';
import { givenModels } from '../commands/model-files.js';
import { conformance } from './conformance.js';
import { allArmCpus } from './emulator.js';
import { type EmulatedJob, emulatedJob, emulatedJobOrReason, placeRunners, type Runners } from './job.js';

const needed = needingArm();
/** All that npm run arm:conformance takes without arguments. */
const models = (needed.skip ? [] : givenModels([])).map((file) => ({ name: path.basename(file), file }));

describe('the runners for Arm under QEMU', needed, () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-arm-'));
  let runners: Runners;
  beforeAll(async () => {
    runners = await placeRunners(dir);
  }, 2 * buildLimitMs);
  afterAll(() => fs.rmSync(dir, { recursive: true }));

  it.each(models)(
    'give the bytes of this machine’s scalar kernels on every CPU: $name',
    async ({ name, file }) => {
      const job = emulatedJobOrReason(file);
      if (/fp32|float|dynrange/.test(name)) return expect(job).toMatch(/expected int8, received float32/);
      const results = await conformance(job as EmulatedJob, runners, dir);
      expect(results).toEqual(allArmCpus.map((cpu) => ({ cpu, difference: null })));
    },
  );

  it('are told apart by the first byte that differs, bytes too few, or how a runner failed', async () => {
    const job = emulatedJob(modelFile('mlperf_kws01_dscnn_int8.tflite'));
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
