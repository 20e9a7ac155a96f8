export const scheduleNames = ['constant', 'cosine', 'linear'] as const;

export interface LearningRate {
  /** The largest one. */
  learningRate: number;
  /**
   * How it goes on: cosine and linear fall to 0 at the end; `drops` multiplies it by `factor` at each of these parts of the
   * stage.
   */
  schedule: (typeof scheduleNames)[number] | { drops: number[]; factor: number };
  /** Part of the stage in which it rises from 0. */
  warmup: number;
}

/** The learning rate of a step, counted from 0, in a stage of `steps`. */
export function learningRateAt(
  { learningRate, schedule, warmup }: LearningRate,
  step: number,
  steps: number,
): number {
  const rising = warmup * steps;
  if (step < rising) return (learningRate * (step + 1)) / (rising + 1);
  const part = (step - rising) / (steps - rising);
  return learningRate * remaining(schedule, part, step / steps);
}

/** @param part of the time after warming up, @param progress of the whole stage */
function remaining(schedule: LearningRate['schedule'], part: number, progress: number): number {
  if (typeof schedule === 'object')
    return schedule.factor ** schedule.drops.filter((drop) => progress >= drop).length;
  if (schedule === 'cosine') return (1 + Math.cos(Math.PI * part)) / 2;
  return schedule === 'linear' ? 1 - part : 1;
}
