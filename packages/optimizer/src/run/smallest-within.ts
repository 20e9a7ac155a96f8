import fs from 'node:fs';
import path from 'node:path';
import { UsageError, writeFileAtomic } from '@weightfold/base';
import type { StageSpec } from '../config.js';
import { OptimizerError } from '../errors.js';
import { type Attempt, mostAttempts, nextTarget, smallestAccepted } from './drop-search.js';
import { removeCheckpoint, runStage, type StageStart, stageFile } from './stage.js';
import type { RunContext } from './stage-work.js';
import { loadStage, type StageState, saveStage, stateFile } from './state.js';

/** A training of the search; without a state where no λ brings the weights down to its target. */
interface Try extends Attempt {
  state: StageState | null;
}

/**
 * Trains a stage again and again for the smallest file whose accuracy on validation examples is at most `maxDrop` points below that of the
 * float network, each time from the smallest good one so far. Every training is a stage of its own (NAME-try-N), which is what
 * a stopped search goes on by.
 * @param float accuracy of the float network on validation examples, in percent
 * @throws OptimizerError when no training is good enough
 */
export async function smallestWithin(
  context: RunContext,
  spec: StageSpec,
  index: number,
  start: StageStart,
  float: number,
): Promise<StageState> {
  const least = float - spec.maxDrop!;
  const tell = (name: string, one: Try, target: number | 'given') => {
    const message = `${name} (of ${mostAttempts} at most): ${told(one, target)}, ${least.toFixed(2)} % are needed`;
    const { bytes, accepted, state } = one;
    const accuracyValidation = state?.result.accuracyValidation ?? null;
    const attempt = { name, bytes, accuracyValidation, leastAccuracy: least, accepted };
    context.emit({ type: 'note', stage: spec.name, message, attempt });
  };
  const tries: Try[] = [];
  for (let target = nextTarget(tries); target !== null; target = nextTarget(tries)) {
    const name = `${spec.name}-try-${tries.length + 1}`;
    const from = smallestAccepted(tries)?.state;
    const warm = from ? { ...start, values: from.values, moments: from.moments } : start;
    const one = await attempt(context, aimed(spec, name, target), index, warm, least);
    tries.push(one);
    tell(name, one, target);
  }
  const best = smallestAccepted(tries);
  if (!best) throw missed(spec, least, tries);
  const { result } = best.state!;
  const tflite = stageFile(index, spec.name);
  writeFileAtomic(
    path.join(context.outDir, tflite),
    fs.readFileSync(path.join(context.outDir, result.tflite)),
  );
  const seconds = sumOrNull(tries, 'seconds');
  const cpuSeconds = sumOrNull(tries, 'cpuSeconds');
  const steps = sum(tries, ({ state }) => state?.result.steps ?? 0);
  return { ...best.state!, result: { ...result, name: spec.name, tflite, seconds, cpuSeconds, steps } };
}

/** The stage under another name, for a number of bytes. */
function aimed(spec: StageSpec, name: string, target: number | 'given'): StageSpec {
  const constraints = spec.constraints.map((one) =>
    one.type === 'rate' && target !== 'given' ? { ...one, targetBytes: target } : one,
  );
  return { ...spec, name, constraints, maxDrop: null };
}

async function attempt(
  context: RunContext,
  spec: StageSpec,
  index: number,
  start: StageStart,
  least: number,
): Promise<Try> {
  const file = stateFile(context.outDir, spec.name);
  const state = loadStage(file, context.run) ?? (await trained(context, spec, index, start));
  // Out of reach: a target of less than what the file holds beside its codes.
  if (state === null) return { bytes: targetOf(spec), accepted: false, state };
  saveStage(file, state, context.run);
  removeCheckpoint(context.outDir, spec.name);
  const tflite = new Uint8Array(fs.readFileSync(path.join(context.outDir, state.result.tflite)));
  const accepted = state.result.accuracyValidation! >= least;
  return { bytes: context.packedBytes!(tflite), accepted, state };
}

async function trained(
  context: RunContext,
  spec: StageSpec,
  index: number,
  start: StageStart,
): Promise<StageState | null> {
  const stages = context.stages.toSpliced(index, 1, spec);
  try {
    return await runStage({ ...context, stages }, spec, index, start);
  } catch (error) {
    if (error instanceof UsageError && error.where === 'targetBytes') return null;
    throw error;
  }
}

function targetOf({ constraints }: StageSpec): number {
  return constraints.flatMap((one) => (one.type === 'rate' ? (one.targetBytes ?? []) : []))[0]!;
}

function told({ state, bytes, accepted }: Try, target: number | 'given'): string {
  if (!state) return `${target} bytes are out of reach`;
  const held = `${state.result.accuracyValidation!.toFixed(2)} % on validation examples`;
  return `${accepted ? 'good enough' : 'too much lost'} in ${bytes} bytes, ${held}`;
}

/** Of those that were trained; null where one's time is. */
function sumOrNull(tries: readonly Try[], key: 'seconds' | 'cpuSeconds'): number | null {
  const times = tries.flatMap(({ state }) => (state ? [state.result[key]] : []));
  return times.reduce((all, time) => (all === null || time === null ? null : all + time), 0);
}

const sum = <T>(list: T[], of: (one: T) => number) => list.reduce((all, one) => all + of(one), 0);

function missed({ name, maxDrop }: StageSpec, least: number, tries: Try[]): OptimizerError {
  const best = Math.max(...tries.map(({ state }) => state?.result.accuracyValidation ?? 0));
  const received = `${best.toFixed(2)} %`;
  const expected = `${least.toFixed(2)} % on validation examples (maxDrop ${maxDrop})`;
  return new OptimizerError(
    `stage ${name}: expected ${expected} of one of ${tries.length} trainings but received ${received}`,
    {
      code: 'TOO_MUCH_LOST',
      where: `stage ${name}, maxDrop`,
      expected,
      received,
      hint: 'begin with a smaller lambda, train for more epochs, or allow a larger drop',
    },
  );
}
