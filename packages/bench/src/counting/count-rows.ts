import fs from 'node:fs';
import { baselineFile, parseCsv, recordBaselines } from '../baselines.js';
import type { EmulatedCpu } from '../emulated/emulator.js';
import { type Counts, type OpCounts, type Toolchain, totalOf } from './count.js';

/** Counts are exact, but small changes of shared code move them a little. */
const mostGrowth = 1.02;
const counted = ['instructions', 'loadedBytes', 'storedBytes'] as const;
const name = 'instructions';

/** A model on a CPU, with what its ops execute and what they were compiled with. */
export interface ModelCounts {
  model: string;
  cpu: EmulatedCpu;
  ops: OpCounts[];
  toolchain: Toolchain;
}

/** Records a row for each op and one for all; those of the same model, CPU and compiler are replaced. Returns the file. */
export function recordCounts(models: readonly ModelCounts[]): string {
  const rows = models.flatMap(({ model, cpu, ops, toolchain }) =>
    [...ops, totalOf(ops)].map((op) => ({ model, cpu, ...op, ...toolchain })),
  );
  return recordBaselines(name, ['model', 'cpu', 'compiler'], rows);
}

/** The recorded counts of a whole inference; null when that compiler has none. */
export function recordedTotal(model: string, cpu: EmulatedCpu, compiler: string): Counts | null {
  const rows = parseCsv(fs.readFileSync(baselineFile(name), 'utf8'));
  const is = { model, cpu, compiler, op: 'all' };
  const row = rows.find((candidate) => Object.entries(is).every(([key, value]) => candidate[key] === value));
  if (!row) return null;
  const [instructions, loadedBytes, storedBytes] = counted.map((key) => Number(row[key]));
  return { instructions: instructions!, loadedBytes: loadedBytes!, storedBytes: storedBytes! };
}

/** What grew by more than 2 %, in words; empty when nothing did. */
export function grown(now: Counts, recorded: Counts): string[] {
  return counted
    .filter((key) => now[key] > recorded[key] * mostGrowth)
    .map((key) => `${key}: ${recorded[key]} recorded, ${now[key]} now`);
}
