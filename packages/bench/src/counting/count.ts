import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { x } from 'tinyexec';
import { type EmulatedCpu, emulate, type Machine, x86Cpus } from '../emulated/emulator.js';
import { type EmulatedJob, placeJob } from '../emulated/job.js';
import { BenchError } from '../errors.js';

const runtime = fileURLToPath(new URL('../../../runtime-native/', import.meta.url));

/** Those of a Raspberry Pi 3 and 5, and of PCs before AVX2 and with it, where this machine is one: there is no cross compiler for those. */
export const countedCpus: readonly EmulatedCpu[] = [
  'cortex-a53',
  'cortex-a76',
  ...(os.machine() === 'x86_64' ? x86Cpus : []),
];

/** What a stretch of a program executes. */
export interface Counts {
  instructions: number;
  loadedBytes: number;
  storedBytes: number;
}

export interface OpCounts extends Counts {
  /** Its place in the plan, and its kind. */
  op: string;
  macs: number;
}

/** Builds QEMU's counting plugin for this machine, and returns its path. @throws BenchError */
export async function counterPlugin(): Promise<string> {
  const script = path.join(runtime, 'scripts/build-counter.mjs');
  const { exitCode, stdout, stderr } = await x(process.execPath, [script], { timeout: 120_000 });
  if (exitCode === 0) return stdout.trim();
  throw new BenchError(`the counting plugin cannot be built: ${stderr.trim().slice(-500)}`, {
    code: 'NO_COUNTER',
    where: script,
  });
}

/**
 * Counts between each pair of marker instructions that a static program executes on that CPU. `dir` takes QEMU's log.
 * @throws BenchError when the program fails
 */
export async function countMarked(
  cpu: EmulatedCpu,
  program: string[],
  plugin: string,
  dir: string,
): Promise<Counts[]> {
  const log = path.join(dir, 'counts.log');
  fs.rmSync(log, { force: true });
  const { failure } = await emulate(cpu, program, ['-plugin', plugin, '-d', 'plugin', '-D', log]);
  if (failure !== null) throw new BenchError(`${program[0]} on ${cpu}: ${failure}`, { where: cpu });
  const lines = fs.readFileSync(log, 'utf8').matchAll(/^op (\d+) (\d+) (\d+)$/gm);
  return [...lines].map(([, ...counts]) => {
    const [instructions, loadedBytes, storedBytes] = counts.map(Number) as [number, number, number];
    return { instructions, loadedBytes, storedBytes };
  });
}

/** What each op of a model's first inference executes. `dir` takes the model's files. @throws BenchError when the runner fails */
export async function countOps(
  job: EmulatedJob,
  cpu: EmulatedCpu,
  runner: string,
  plugin: string,
  dir: string,
): Promise<OpCounts[]> {
  const counts = await countMarked(cpu, [runner, 'mark', ...placeJob(dir, job)], plugin, dir);
  const { ops } = job.plan;
  if (counts.length !== ops.length) {
    const [expected, received] = [`${ops.length} ops`, `counts of ${counts.length}`];
    const details = { where: job.model, expected, received };
    throw new BenchError(`${job.model} on ${cpu}: expected ${expected} but received ${received}`, details);
  }
  return ops.map(({ kind, macs }, i) => ({ op: `${i} ${kind}`, macs, ...counts[i]! }));
}

/** The sum over all ops. */
export function totalOf(ops: readonly OpCounts[]): OpCounts {
  const sum = (key: 'macs' | keyof Counts) => ops.reduce((total, op) => total + op[key], 0);
  return {
    op: 'all',
    macs: sum('macs'),
    instructions: sum('instructions'),
    loadedBytes: sum('loadedBytes'),
    storedBytes: sum('storedBytes'),
  };
}

export interface Toolchain {
  compiler: string;
  flags: string;
}

/** With what the kernels of a machine's runner were compiled: counts of another compiler cannot be compared. */
export async function toolchainOf(machine: Machine): Promise<Toolchain> {
  const folder = machine === os.machine() ? '.' : `${machine}-linux-gnu`;
  const file = path.join(runtime, 'build', folder, 'compile_commands.json');
  const entries = JSON.parse(fs.readFileSync(file, 'utf8')) as { command: string }[];
  const kernel = entries.find(({ command }) => /kernels\.dir\S*conv\/scalar/.test(command))!;
  const words = kernel.command.split(' ');
  const compiler = words.find((word) => /[cg]\+\+$/.test(word))!;
  const flags = words.filter((word) => /^-(?!I|W|D|o$|c$)/.test(word));
  const { stdout } = await x(compiler, ['-dumpfullversion']);
  return { compiler: `${path.basename(compiler)} ${stdout.trim()}`, flags: [...new Set(flags)].join(' ') };
}
