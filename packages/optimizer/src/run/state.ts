import fs from 'node:fs';
import path from 'node:path';
import { ExitCode } from '@weightfold/base';
import type { ConstraintState } from '../constraints/constraint.js';
import { OptimizerError } from '../errors.js';
import type { EarlyStopState } from '../training/early-stop.js';
import type { Moments } from '../training/fold.js';
import type { Range } from '../training/ranges.js';
import type { TrainerState } from '../training/trainer.js';
import { type ArchiveValue, readArchive, writeArchive } from './archive.js';
import type { ByteTargetState } from './byte-target.js';
import type { GuardState } from './collapse-guard.js';
import type { StageResult } from './events.js';

/** A finished stage as the next ones start from it. */
export interface StageState {
  values: Float32Array;
  moments: Map<string, Moments>;
  constraints: Map<string, ConstraintState[]>;
  result: StageResult;
}

/** A stage that was stopped in the middle. */
export interface Checkpoint {
  trainer: TrainerState;
  earlyStop: EarlyStopState;
  /** Of a stage that is watched; else null. */
  guard: GuardState | null;
  /** Of a stage that is to pack to a number of bytes; else null. */
  byteTarget: ByteTargetState | null;
  /** As of a StageResult. */
  seconds: number | null;
  cpuSeconds: number | null;
}

export const stateFile = (outDir: string, stage: string) => path.join(outDir, 'checkpoints', `${stage}.done`);
export const checkpointFile = (outDir: string, stage: string) =>
  path.join(outDir, 'checkpoints', `${stage}.ckpt`);

const entries = <T>(map: Map<string, T>) => Object.fromEntries(map) as unknown as ArchiveValue;
const map = <T>(value: unknown) => new Map(Object.entries(value as Record<string, T>));

/** @param run fingerprint of the run that the state belongs to */
export function saveStage(file: string, state: StageState, run: string): void {
  writeArchive(file, {
    run,
    values: state.values,
    moments: entries(state.moments),
    constraints: entries(state.constraints),
    result: state.result as unknown as ArchiveValue,
  });
}

/** @throws OptimizerError when the file is damaged or of another run */
export function loadStage(file: string, run: string): StageState | null {
  if (!fs.existsSync(file)) return null;
  const saved = readOwn(file, run);
  return {
    values: saved.values as Float32Array,
    moments: map<Moments>(saved.moments),
    constraints: map<ConstraintState[]>(saved.constraints),
    result: saved.result as unknown as StageResult,
  };
}

export function saveCheckpoint(file: string, { trainer, guard, ...more }: Checkpoint, run: string): void {
  writeArchive(file, {
    run,
    ...more,
    trainer: packTrainer(trainer),
    guard: guard && ({ ...guard, good: packTrainer(guard.good) } as unknown as ArchiveValue),
  });
}

/** @throws OptimizerError when the file is damaged or of another run */
export function loadCheckpoint(file: string, run: string): Checkpoint | null {
  if (!fs.existsSync(file)) return null;
  const { trainer, guard, ...rest } = readOwn(file, run) as unknown as Checkpoint;
  return {
    ...rest,
    trainer: unpackTrainer(trainer),
    guard: guard && { ...guard, good: unpackTrainer(guard.good) },
  };
}

function packTrainer({ ranges, constraints, frozenMoments, ...rest }: TrainerState): ArchiveValue {
  return {
    ...rest,
    ranges: entries(ranges),
    constraints: entries(constraints),
    frozenMoments: entries(frozenMoments),
  } as ArchiveValue;
}

/** @param trainer as an archive gives it, without maps */
function unpackTrainer(trainer: TrainerState): TrainerState {
  return {
    ...trainer,
    ranges: map<Range>(trainer.ranges),
    constraints: map<ConstraintState[]>(trainer.constraints),
    frozenMoments: map<Moments>(trainer.frozenMoments),
  };
}

function readOwn(file: string, run: string): Record<string, ArchiveValue> {
  const saved = readArchive(file) as Record<string, ArchiveValue>;
  if (saved.run === run) return saved;
  throw new OptimizerError(
    `${file}: saved by a run with another configuration, other data, other weights or another TensorFlow`,
    {
      code: 'OTHER_RUN',
      where: file,
      expected: `run ${run.slice(0, 12)}`,
      received: `run ${String(saved.run).slice(0, 12)}`,
      hint: 'choose another folder with -o, or start over in this one with --fresh',
      exitCode: ExitCode.usage,
    },
  );
}
