import type { Level } from '@weightfold/compressor';
import { type SizeGoal, sizeGoals } from './goals.js';
import type { SizeClass } from './size-class.js';
import { sizeLevels } from './size-rows.js';

/** One file: its class, and for each level that was packed the size of the .wfz as a part of the smallest rival. */
export interface SizeRatios {
  class: SizeClass;
  ratios: Partial<Record<Level, number>>;
}

/** The geometric mean; NaN of nothing. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** Lines of a table, one for each class that has files: geometric means by level beside the goals, and what misses them. */
export function classTable(files: readonly SizeRatios[]): string[] {
  const heads = ['class', 'files', ...sizeLevels, 'goal default', 'goal max', 'missed'];
  const lines = Object.entries(sizeGoals).flatMap(([name, goal]) => {
    const members = files.filter((file) => file.class === name);
    return members.length === 0 ? [] : [classLine(name, goal, members)];
  });
  return [heads.join('\t'), ...lines];
}

function classLine(name: string, goal: SizeGoal, members: readonly SizeRatios[]): string {
  const means = Object.fromEntries(
    sizeLevels.map((level) => {
      const ratios = members.flatMap(({ ratios }) => ratios[level] ?? []);
      return [level, ratios.length > 0 ? geometricMean(ratios) : null];
    }),
  ) as Record<Level, number | null>;
  const goals = { default: goal.default, max: maxGoal(goal, means.default) };
  const missed = (['default', 'max'] as const).filter((level) => {
    const [mean, wanted] = [means[level], goals[level]];
    return mean !== null && wanted !== null && mean > wanted;
  });
  const text = (value: number | null) => value?.toFixed(3) ?? '–';
  const cells = [...sizeLevels.map((level) => text(means[level])), text(goals.default), text(goals.max)];
  return [name, members.length, ...cells, missed.join(' ') || '–'].join('\t');
}

function maxGoal({ max, maxOfDefault }: SizeGoal, defaultMean: number | null): number | null {
  if (max !== undefined) return max;
  return maxOfDefault === undefined || defaultMean === null ? null : maxOfDefault * defaultMean;
}
