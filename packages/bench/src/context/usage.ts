import { type CpuTime, cpuTimeBetween, ticksPerSecond } from './cpu-time.js';
import type { MachineFiles } from './machine-files.js';

interface ProcessTimes {
  pid: number;
  name: string;
  parent: number;
  ticks: number;
  /** Of the children that have ended, and of theirs. */
  endedTicks: number;
  /** CPU on which it ran last. */
  cpu: number;
}

export interface Usage {
  /** Other processes that used the CPUs and are still there, the busiest first. `cpus` 1: one CPU, all the time. */
  others: { name: string; pid: number; cpus: number }[];
  /** All that was not ours, also processes that have ended, and the kernel; null when it does not tell, or what is ours is not known. */
  othersCpus: number | null;
  /** Part of the time in which the CPUs were wanted that a hypervisor gave to others; null when the kernel counts none. */
  stolen: number | null;
}

/** Less than this part of a CPU is housekeeping. */
const leastShare = 0.02;

/**
 * Who else used these CPUs between two readings of a machine's files. Processes of `own` (the benchmark; null: it is elsewhere) and those
 * that it started are left out. A process counts for the CPU that it ran on last.
 */
export function usageBetween(
  before: MachineFiles,
  after: MachineFiles,
  seconds: number,
  cpus: readonly number[],
  own: number | null,
): Usage {
  const earlier = processTimes(before);
  const now = processTimes(after);
  const ours = own === null ? new Set<number>() : familyOf(own, now);
  const others = [...now.values()]
    .filter(({ pid, cpu }) => !ours.has(pid) && cpus.includes(cpu))
    .map(({ pid, name, ticks }) => {
      const used = ticks - (earlier.get(pid)?.ticks ?? 0);
      return { name, pid, cpus: used / ticksPerSecond / seconds };
    })
    .filter((process) => process.cpus >= leastShare)
    .sort((a, b) => b.cpus - a.cpus);
  const spent = cpuTimeBetween(textOf(before), textOf(after), cpus);
  const ownSeconds =
    own === null ? null : (familyTicks(own, now) - familyTicks(own, earlier)) / ticksPerSecond;
  return { others, ...sharesOf(spent, ownSeconds, seconds) };
}

/** @param ownSeconds what we spent of it ourselves; null when that is not known */
export function sharesOf(
  spent: CpuTime | null,
  ownSeconds: number | null,
  seconds: number,
): Omit<Usage, 'others'> {
  if (spent === null) return { othersCpus: null, stolen: null };
  const wanted = spent.busy + spent.stolen;
  return {
    othersCpus: ownSeconds === null ? null : Math.max(0, spent.busy - ownSeconds) / seconds,
    stolen: wanted > 0 ? spent.stolen / wanted : null,
  };
}

const textOf = (files: MachineFiles) => files.get('/proc/stat') ?? '';

/** Fields of /proc/PID/stat by their numbers in proc(5); the name stands in parentheses and may hold any character. */
function processTimes(files: MachineFiles): Map<number, ProcessTimes> {
  const all = new Map<number, ProcessTimes>();
  for (const [file, text] of files) {
    const pid = Number(/^\/proc\/(\d+)\/stat$/.exec(file)?.[1]);
    const end = text.lastIndexOf(')');
    if (!pid || end < 0) continue;
    const fields = text.slice(end + 2).split(' ');
    const field = (number: number) => Number(fields[number - 3]);
    const name = text.slice(text.indexOf('(') + 1, end);
    const [ticks, endedTicks] = [field(14) + field(15), field(16) + field(17)];
    all.set(pid, { pid, name, parent: field(4), ticks, endedTicks, cpu: field(39) });
  }
  return all;
}

/** The process and all that descend from it. */
function familyOf(own: number, processes: Map<number, ProcessTimes>): Set<number> {
  const family = new Set([own]);
  for (let grown = -1; grown !== family.size; ) {
    grown = family.size;
    for (const { pid, parent } of processes.values()) if (family.has(parent)) family.add(pid);
  }
  return family;
}

/** CPU time of a process and all that descend from it, also of those that have ended. */
function familyTicks(own: number, processes: Map<number, ProcessTimes>): number {
  const family = [...familyOf(own, processes)].flatMap((pid) => processes.get(pid) ?? []);
  return family.reduce((sum, { ticks, endedTicks }) => sum + ticks + endedTicks, 0);
}
