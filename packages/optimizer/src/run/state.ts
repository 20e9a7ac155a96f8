import fs from 'node:fs';
import path from 'node:path';
import type { ConstraintState } from '../constraints/constraint.js';
import type { Moments } from '../training/fold.js';
import type { Range } from '../training/ranges.js';
import type { TrainerState } from '../training/trainer.js';
import { type ArchiveValue, readArchive, writeArchive } from './archive.js';
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
  seconds: number;
  cpuSeconds: number;
}

export const stateFile = (outDir: string, stage: string) => path.join(outDir, 'checkpoints', `${stage}.done`);
export const checkpointFile = (outDir: string, stage: string) =>
  path.join(outDir, 'checkpoints', `${stage}.ckpt`);

const entries = <T>(map: Map<string, T>) => Object.fromEntries(map) as unknown as ArchiveValue;
const map = <T>(value: unknown) => new Map(Object.entries(value as Record<string, T>));

export function saveStage(file: string, state: StageState): void {
  writeArchive(file, {
    values: state.values,
    moments: entries(state.moments),
    constraints: entries(state.constraints),
    result: state.result as unknown as ArchiveValue,
  });
}

export function loadStage(file: string): StageState | null {
  if (!fs.existsSync(file)) return null;
  const saved = readArchive(file) as Record<string, ArchiveValue>;
  return {
    values: saved.values as Float32Array,
    moments: map<Moments>(saved.moments),
    constraints: map<ConstraintState[]>(saved.constraints),
    result: saved.result as unknown as StageResult,
  };
}

export function saveCheckpoint(file: string, { trainer, ...times }: Checkpoint): void {
  const { ranges, constraints, ...rest } = trainer;
  writeArchive(file, {
    ...times,
    trainer: { ...rest, ranges: entries(ranges), constraints: entries(constraints) } as ArchiveValue,
  });
}

export function loadCheckpoint(file: string): Checkpoint | null {
  if (!fs.existsSync(file)) return null;
  const { trainer, ...times } = readArchive(file) as unknown as Checkpoint;
  const ranges = map<Range>(trainer.ranges);
  return {
    ...times,
    trainer: { ...trainer, ranges, constraints: map<ConstraintState[]>(trainer.constraints) },
  };
}
