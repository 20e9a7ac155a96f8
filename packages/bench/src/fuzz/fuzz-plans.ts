import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { WeightfoldError } from '@weightfold/base';
import { encodePlan, lower } from '@weightfold/runtime-native/plan';
import { readModel } from '@weightfold/tflite';
import { randomCase } from './mutations.js';
import { buildSanitized, runSanitized } from './sanitized.js';

export interface FuzzPlansOptions {
  /** Models whose plans are mutated, and that are mutated themselves. */
  files: string[];
  /** Mutations in all: a third of plans of single ops, a third of the models' plans, a third of the models. */
  count: number;
  seed: number;
  /** Where plans that show a fault are written to. */
  folder: string;
}

/** What became of plans in the executor. */
interface PlanReport {
  cases: number;
  ran: number;
  refused: number;
  slowestMs: number;
}

/** So many plans of mutated models go to the executor at once. */
const batch = 500;

/** Mutated plans, and plans of mutated models, in the executor with sanitizers. The exit code: 1 when there is a fault. */
export async function fuzzPlans({ files, count, seed, folder }: FuzzPlansOptions): Promise<number> {
  const executor = new Executor(buildSanitized('plan-hostile'), folder);
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-plans-'));
  const began = performance.now();
  const third = Math.ceil(count / 3);
  const perFile = Math.ceil(third / files.length);
  try {
    await executor.run('a plan for every kind of op', [`${Math.ceil(third / kinds)}`, `${seed}`]);
    for (const file of files) {
      const name = path.basename(file, '.tflite');
      const plans = path.join(scratch, `${name}.plans`);
      writePlans(plans, [encodePlan(lower(readModel(fs.readFileSync(file))))]);
      await executor.run(`plan of ${name}`, [`${perFile}`, `${seed}`], plans);
      for (const { list, cases } of plansOfMutations(file, perFile, seed)) {
        executor.countRefused(cases - list.length);
        writePlans(plans, list);
        await executor.run(`${name}, ${cases} times mutated`, ['0', '0'], plans);
      }
    }
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true });
  }
  return executor.print(Math.round((performance.now() - began) / 1000)) > 0 ? 1 : 0;
}

/** The sanitized program, and the sum of what it tells. */
class Executor {
  private readonly total: PlanReport = { cases: 0, ran: 0, refused: 0, slowestMs: 0 };
  private faults = 0;

  constructor(
    private readonly program: string,
    private readonly folder: string,
  ) {}

  async run(what: string, args: string[], plans?: string): Promise<void> {
    const report = await runSanitized<PlanReport>(this.program, plans ? [...args, plans] : args);
    if (typeof report !== 'string') {
      for (const key of ['cases', 'ran', 'refused'] as const) this.total[key] += report[key];
      this.total.slowestMs = Math.max(this.total.slowestMs, report.slowestMs);
      console.error(`${what}: ${JSON.stringify(report)}`);
      return;
    }
    this.faults++;
    console.log(`${what}: ${report}`);
    if (!plans) return;
    fs.mkdirSync(this.folder, { recursive: true });
    fs.copyFileSync(plans, path.join(this.folder, `${this.faults}-${path.basename(plans)}`));
  }

  /** Mutated models that lowering refused. */
  countRefused(cases: number): void {
    this.total.cases += cases;
    this.total.refused += cases;
  }

  /** Prints the sums, and returns the number of faults. */
  print(seconds: number): number {
    const { cases, ran, refused, slowestMs } = this.total;
    console.log('Plans in the executor with AddressSanitizer and UndefinedBehaviorSanitizer:');
    console.log(`${cases} cases in ${seconds} s, slowest ${slowestMs.toFixed(1)} ms`);
    console.log(`  ran: ${ran}, refused: ${refused}`);
    console.log(`${this.faults} faults`);
    return this.faults;
  }
}

/** How many plans of single ops the program has. */
const kinds = 16;

/** Each plan behind its length in 8 bytes, as native/plan/hostile_test.cc reads them. */
function writePlans(file: string, plans: Uint8Array[]): void {
  const parts = plans.flatMap((plan) => {
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(plan.length));
    return [length, plan];
  });
  fs.writeFileSync(file, Buffer.concat(parts));
}

/** Plans of those mutations of a model that can still be lowered, in batches; `cases` counts all. */
function* plansOfMutations(
  file: string,
  count: number,
  seed: number,
): Generator<{ list: Uint8Array[]; cases: number }> {
  const original = new Uint8Array(fs.readFileSync(file));
  let [list, cases]: [Uint8Array[], number] = [[], 0];
  for (let i = 0; i < count; i++) {
    const plan = planOrNull(randomCase(original, i, seed).bytes);
    cases++;
    if (plan) list.push(plan);
    if (list.length < batch && i + 1 < count) continue;
    if (list.length > 0) yield { list, cases };
    [list, cases] = [[], 0];
  }
}

/** An arena that the program accepts. */
const maxArenaBytes = 2 ** 24;

function planOrNull(bytes: Uint8Array): Uint8Array | null {
  try {
    return encodePlan(lower(readModel(bytes), { maxArenaBytes }));
  } catch (error) {
    if (error instanceof WeightfoldError) return null;
    throw error;
  }
}
