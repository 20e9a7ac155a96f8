import { type ArmCpu, armCpus, emulate } from './emulator.js';
import { type ArmJob, placeJob } from './job.js';

/** What the arm64 runner gave for a model on a CPU; `difference` is null when the bytes are those of this machine. */
export interface Conformance {
  cpu: ArmCpu;
  difference: string | null;
}

/** Runs a model on every CPU, one after the other. `dir` holds the runner, and takes the model's files. */
export async function conformance(job: ArmJob, runner: string, dir: string): Promise<Conformance[]> {
  const files = placeJob(dir, job);
  const results: Conformance[] = [];
  for (const cpu of armCpus) {
    const { stdout, failure } = await emulate(cpu, [runner, 'run', ...files]);
    results.push({ cpu, difference: failure ?? firstDifference(job.outputs, stdout) });
  }
  return results;
}

/** Where outputs, one after the other, first differ from those expected. */
function firstDifference(outputs: ArmJob['outputs'], received: Uint8Array): string | null {
  let start = 0;
  for (const { name, bytes } of outputs) {
    const at = bytes.findIndex((byte, i) => byte !== received[start + i]);
    if (at >= 0)
      return `${name}, byte ${at}: expected ${bytes[at]} but received ${received[start + at] ?? 'none'}`;
    start += bytes.length;
  }
  return received.length > start ? `expected ${start} bytes but received ${received.length}` : null;
}
