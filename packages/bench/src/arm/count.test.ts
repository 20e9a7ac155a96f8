import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { modelFile } from '@weightfold/test-support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needingArm } from '../../test/needing-arm.js';
import { armToolchain, counterPlugin, countMarked, countOps, totalOf } from './count.js';
import { grown, recordedTotal } from './count-rows.js';
import { armJob, placeRunner } from './job.js';

// A hundred rounds of four instructions, of which one loads 16 bytes and one stores 4; then a stretch of a load pair alone.
const program = `
.globl _start
_start: mov x1, #100
        sub sp, sp, #32
        hint #0x7d
1:      ldr q0, [sp]
        str w2, [sp]
        subs x1, x1, #1
        b.ne 1b
        hint #0x7e
        nop
        hint #0x7d
        ldp x2, x3, [sp]
        hint #0x7e
        mov x0, #0
        mov x8, #93
        svc #0
`;

describe('what arm64 programs execute under QEMU', needingArm(), () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-arm-'));
  let runner: string;
  let plugin: string;
  // Compiling the runner takes half a minute on two idle cores.
  beforeAll(async () => {
    runner = await placeRunner(dir);
    plugin = await counterPlugin();
  }, 300_000);
  afterAll(() => fs.rmSync(dir, { recursive: true }));

  it('is counted exactly: instructions and bytes of a program that is known', async () => {
    const [source, known] = [path.join(dir, 'known.s'), path.join(dir, 'known')];
    fs.writeFileSync(source, program);
    const args = ['-nostdlib', '-static', source, '-o', known];
    expect(spawnSync('aarch64-linux-gnu-g++', args, { stdio: 'inherit', timeout: 60_000 }).status).toBe(0);
    expect(await countMarked('cortex-a53', [known], plugin, dir)).toEqual([
      { instructions: 400, loadedBytes: 1600, storedBytes: 400 },
      { instructions: 1, loadedBytes: 16, storedBytes: 0 },
    ]);
  });

  it.each(['cortex-a53', 'cortex-a76'] as const)(
    'as %s: DS-CNN-S executes no more than recorded, and the same each time',
    async (cpu) => {
      const job = armJob(modelFile('mlperf_kws01_dscnn_int8.tflite'));
      const ops = await countOps(job, cpu, runner, plugin, dir);
      expect(await countOps(job, cpu, runner, plugin, dir)).toEqual(ops);
      const { compiler } = await armToolchain();
      const recorded = recordedTotal(job.model, cpu, compiler);
      if (recorded === null && !process.env.CI) {
        console.warn(`not compared: ${compiler} has no row in packages/bench/baselines/arm-instructions.csv`);
        return;
      }
      expect(recorded, `a row of ${compiler} in arm-instructions.csv (npm run arm:count)`).not.toBeNull();
      const how = 'if that is intended: npm run arm:count -- DS-CNN-S.tflite --record';
      expect(grown(totalOf(ops), recorded!), how).toEqual([]);
    },
  );

  it('is told when it grew: by more than 2 %, each figure by itself', () => {
    const recorded = { instructions: 1000, loadedBytes: 2000, storedBytes: 100 };
    expect(grown({ instructions: 1020, loadedBytes: 100, storedBytes: 102 }, recorded)).toEqual([]);
    expect(grown({ ...recorded, loadedBytes: 2041 }, recorded)).toEqual([
      'loadedBytes: 2000 recorded, 2041 now',
    ]);
  });
});
