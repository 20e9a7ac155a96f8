import { expectHardware } from '@weightfold/base';
import { recordBaselines } from '../baselines.js';
import { compressorBuild } from '../modules.js';
import type { MeasuredStage } from '../pipeline/run.js';

/** What the rows of a run have in common. */
export interface RunLabels {
  model: string;
  seed: number;
  /** How it was trained, in words. */
  schedule: string;
  distillation: 'on' | 'off';
}

/** Records a row for each stage in optimizer.csv; returns the file. @throws WeightfoldError EMULATED on an emulator */
export function recordStages(
  stages: MeasuredStage[],
  { model, seed, schedule, distillation }: RunLabels,
): string {
  expectHardware();
  const compressor = compressorBuild().slice(0, 12);
  const rows = stages.map((stage) => ({
    model,
    stage: stage.name,
    accuracyInt8: stage.accuracyInt8!.toFixed(2),
    wfzBytes: stage.wfzBytes,
    compressor,
    seed,
    schedule,
    distillation,
    accuracyFloat: stage.accuracyFloat!.toFixed(2),
    bytes: stage.bytes,
    zipBytes: stage.zipBytes,
    zeroFraction: stage.zeroFraction.toFixed(4),
    maxDistinct: stage.maxDistinct,
    cpuSeconds: stage.cpuSeconds!.toFixed(1),
  }));
  return recordBaselines('optimizer', ['model', 'stage', 'seed', 'schedule', 'distillation'], rows);
}
