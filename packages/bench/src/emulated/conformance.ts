import { type ArmCpu, allArmCpus, emulate, machineOf } from './emulator.js';
import { type EmulatedJob, placeJob, type Runners } from './job.js';

/** What the runner for Arm gave for a model on a CPU; `difference` is null when the bytes are those of this machine. */
export interface Conformance {
  cpu: ArmCpu;
  difference: string | null;
}

/** Runs a model on every CPU, one after the other. `dir` takes the model's files. */
export async function conformance(job: EmulatedJob, runners: Runners, dir: string): Promise<Conformance[]> {
  const files = placeJob(dir, job);
  const results: Conformance[] = [];
  for (const cpu of allArmCpus) {
    const { stdout, failure } = await emulate(cpu, [runners[machineOf(cpu)], 'run', ...files]);
    results.push({ cpu, difference: failure ?? firstDifference(job.outputs, stdout) });
  }
  return results;
}

/** Where outputs, one after the other, first differ from those expected. */
function firstDifference(outputs: EmulatedJob['outputs'], received: Uint8Array): string | null {
  let start = 0;
  for (const { name, bytes } of outputs) {
    const at = bytes.findIndex((byte, i) => byte !== received[start + i]);
    if (at >= 0)
      return `${name}, byte ${at}: expected ${bytes[at]} but received ${received[start + at] ?? 'none'}`;
    start += bytes.length;
  }
  return received.length > start ? `expected ${start} bytes but received ${received.length}` : null;
}
