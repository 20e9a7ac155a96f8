import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { modelFile } from '@weightfold/test-support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needingArm } from '../../test/needing-arm.js';
import { type Machine, machineOf } from '../emulated/emulator.js';
import { emulatedJob, placeRunner } from '../emulated/job.js';
import { countedCpus, counterPlugin, countMarked, countOps, toolchainOf, totalOf } from './count.js';
import { grown, recordedTotal } from './count-rows.js';

// A hundred rounds of four instructions, of which one loads 16 bytes and one stores 4; then a stretch of one load of 16 bytes.
const armProgram = `
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

const x86Program = `
.globl _start
_start: mov $100, %ecx
        sub $32, %rsp
        nopl 0x46577d(%rax)
1:      movups (%rsp), %xmm0
        mov %edx, (%rsp)
        dec %ecx
        jne 1b
        nopl 0x46577e(%rax)
        nop
        nopl 0x46577d(%rax)
        movups (%rsp), %xmm0
        nopl 0x46577e(%rax)
        xor %edi, %edi
        mov $60, %eax
        syscall
`;
const programs = [
  { cpu: 'cortex-a53', machine: 'aarch64', program: armProgram },
  { cpu: 'qemu64', machine: 'x86_64', program: x86Program },
] as const;

describe('what programs execute under QEMU', needingArm(), () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-count-'));
  const runners = new Map<Machine, string>();
  let plugin: string;
  // Compiling a runner takes half a minute on two idle cores.
  beforeAll(async () => {
    for (const machine of new Set(countedCpus.map((cpu) => machineOf(cpu)))) {
      runners.set(machine, await placeRunner(dir, machine));
    }
    plugin = await counterPlugin();
  }, 600_000);
  afterAll(() => fs.rmSync(dir, { recursive: true }));

  const known = programs.filter(({ cpu }) => countedCpus.includes(cpu));
  it.each(known)(
    'is counted exactly in a program that is known: $machine',
    async ({ cpu, machine, program }) => {
      const [source, file] = [path.join(dir, 'known.s'), path.join(dir, 'known')];
      fs.writeFileSync(source, program);
      const compiler = machine === os.machine() ? 'g++' : `${machine}-linux-gnu-g++`;
      const args = ['-nostdlib', '-static', source, '-o', file];
      expect(spawnSync(compiler, args, { stdio: 'inherit', timeout: 60_000 }).status).toBe(0);
      expect(await countMarked(cpu, [file], plugin, dir)).toEqual([
        { instructions: 400, loadedBytes: 1600, storedBytes: 400 },
        { instructions: 1, loadedBytes: 16, storedBytes: 0 },
      ]);
    },
  );

  it.each(countedCpus)(
    'as %s: DS-CNN-S executes no more than recorded, and the same each time',
    async (cpu) => {
      const machine = machineOf(cpu);
      const job = emulatedJob(modelFile('mlperf_kws01_dscnn_int8.tflite'), machine);
      const ops = await countOps(job, cpu, runners.get(machine)!, plugin, dir);
      expect(await countOps(job, cpu, runners.get(machine)!, plugin, dir)).toEqual(ops);
      const { compiler } = await toolchainOf(machine);
      const recorded = recordedTotal(job.model, cpu, compiler);
      if (recorded === null && !process.env.CI) {
        console.warn(`not compared: ${compiler} has no row in packages/bench/baselines/instructions.csv`);
        return;
      }
      expect(recorded, `a row of ${compiler} in instructions.csv (npm run count)`).not.toBeNull();
      const how = 'if that is intended: npm run count -- DS-CNN-S.tflite --record';
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
