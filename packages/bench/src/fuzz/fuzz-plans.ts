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
  const program = buildSanitized('plan-hostile');
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-plans-'));
  const total = { cases: 0, ran: 0, refused: 0, slowestMs: 0, faults: 0 };
  const run = async (what: string, args: string[], file?: string) => {
    const report = await runSanitized<PlanReport>(program, file ? [...args, file] : args);
    if (typeof report === 'string') {
      total.faults++;
      console.log(`${what}: ${report}`);
      fs.mkdirSync(folder, { recursive: true });
      if (file) fs.copyFileSync(file, path.join(folder, path.basename(file)));
      return;
    }
    for (const key of ['cases', 'ran', 'refused'] as const) total[key] += report[key];
    total.slowestMs = Math.max(total.slowestMs, report.slowestMs);
    console.error(`${what}: ${JSON.stringify(report)}`);
  };
  const began = performance.now();
  try {
    const third = Math.ceil(count / 3);
    await run('a plan for every kind of op', [`${Math.ceil(third / kinds)}`, `${seed}`]);
    for (const file of files) {
      const name = path.basename(file, '.tflite');
      const plan = path.join(scratch, `${name}.plan`);
      writePlans(plan, [encodePlan(lower(readModel(fs.readFileSync(file))))]);
      await run(`plan of ${name}`, [`${Math.ceil(third / files.length)}`, `${seed}`], plan);
      let mutated = 0;
      for (const plans of plansOfMutations(file, Math.ceil(third / files.length), seed)) {
        total.cases += plans.cases - plans.list.length;
        total.refused += plans.cases - plans.list.length;
        const mutations = path.join(scratch, `${name}.${mutated++}.plans`);
        writePlans(mutations, plans.list);
        await run(`${name}, ${plans.cases} times mutated`, ['0', '0'], mutations);
        fs.rmSync(mutations);
      }
    }
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true });
  }
  const seconds = Math.round((performance.now() - began) / 1000);
  const { cases, ran, refused, slowestMs, faults } = total;
  console.log('Plans in the executor with AddressSanitizer and UndefinedBehaviorSanitizer:');
  console.log(`${cases} cases in ${seconds} s, slowest ${slowestMs.toFixed(1)} ms`);
  console.log(`  ran: ${ran}, refused: ${refused}`);
  console.log(`${faults} faults`);
  return faults > 0 ? 1 : 0;
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
