import type { BenchContext } from '../measure/schema.js';

/** Hotter than this, boards and laptops are about to slow down: a Raspberry Pi does at 80 °C. */
const hotC = 80;
const frequencyChange = 0.05;
const othersShare = 0.1;
const stolenShare = 0.02;
/** Of a CPU: less is not worth a word. */
const leastUnnamed = 0.05;

const percent = (part: number) => `${(100 * part).toFixed(part < 0.1 ? 1 : 0)} %`;

/** What in a run's circumstances speaks against its figures: one sentence each, with what to do. */
export function distrust(context: BenchContext, cpusInUse: number): string[] {
  const { before, after, stolen, emulated } = context;
  const reasons: (string | null)[] = [
    emulated && `emulated: ${emulated}; its times say nothing about real hardware`,
    frequencyReason(context),
    throttleReason(before.throttled, after.throttled),
    (after.temperatureC ?? 0) >= hotC ? `${after.temperatureC} °C hot: let it cool, or add a fan` : null,
    othersReason(context, cpusInUse),
    (stolen ?? 0) > stolenShare
      ? `the hypervisor gave ${percent(stolen!)} of the time to other machines`
      : null,
  ];
  return reasons.filter((reason) => reason !== null);
}

function frequencyReason({ before, after, governors }: BenchContext): string | null {
  if (before.frequencyMHz === null || after.frequencyMHz === null) return null;
  const change = Math.abs(after.frequencyMHz / before.frequencyMHz - 1);
  if (change <= frequencyChange) return null;
  const from = `the frequency went from ${before.frequencyMHz.toFixed(0)} to ${after.frequencyMHz.toFixed(0)} MHz`;
  const governor = governors.find((name) => name !== 'performance');
  return governor === undefined
    ? from
    : `${from} under the governor ${governor}: set it to performance (cpupower frequency-set -g performance)`;
}

/** What is so now, and what has come up during the run: bits "since boot" that were set before tell nothing of it. */
function throttleReason(before: string[] | null, after: string[] | null): string | null {
  const flags = (after ?? []).filter((flag) => !flag.endsWith('since boot') || !before?.includes(flag));
  const earlier = (before ?? []).filter((flag) => !flag.endsWith('since boot') && !flags.includes(flag));
  const all = [...flags, ...earlier];
  return all.length === 0 ? null : `throttled: ${all.join(', ')}; mend power supply or cooling`;
}

function othersReason({ others, othersCpus }: BenchContext, cpusInUse: number): string | null {
  const named = others.reduce((sum, { cpus }) => sum + cpus, 0);
  const total = othersCpus ?? named;
  if (total <= othersShare * cpusInUse) return null;
  const names = others.slice(0, 3).map(({ name, cpus }) => `${name} ${percent(cpus)} of one`);
  const unnamed = Math.max(0, total - named);
  if (unnamed > leastUnnamed) names.push(`processes that have ended, and the kernel, ${percent(unnamed)}`);
  return `others kept ${total.toFixed(2)} CPUs busy: ${names.join(', ')}`;
}
