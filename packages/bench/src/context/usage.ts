import type { MachineFiles } from './machine-files.js';

/** The kernel counts CPU time in ticks of 10 ms for user space, on every architecture (USER_HZ of the Linux ABI). */
const ticksPerSecond = 100;

interface ProcessTimes {
  pid: number;
  name: string;
  parent: number;
  ticks: number;
  /** CPU on which it ran last. */
  cpu: number;
}

export interface Usage {
  /** Other processes that used the CPUs, the busiest first. `cpus` 1: one CPU, all the time. */
  others: { name: string; pid: number; cpus: number }[];
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
  return { others, stolen: stolenPart(before, after, cpus) };
}

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
    all.set(pid, { pid, name, parent: field(4), ticks: field(14) + field(15), cpu: field(39) });
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

/** /proc/stat (proc(5)): user nice system idle iowait irq softirq steal, of each CPU. */
function stolenPart(before: MachineFiles, after: MachineFiles, cpus: readonly number[]): number | null {
  let stolen = 0;
  let wanted = 0;
  for (const cpu of cpus) {
    const [from, to] = [before, after].map((files) => cpuTicks(files, cpu));
    if (!from || !to) return null;
    const spent = to.map((ticks, i) => ticks - from[i]!);
    stolen += spent[7] ?? 0;
    wanted += spent.reduce((sum, ticks, i) => (i === 3 || i === 4 ? sum : sum + ticks), 0);
  }
  return wanted > 0 ? stolen / wanted : null;
}

function cpuTicks(files: MachineFiles, cpu: number): number[] | null {
  const line = new RegExp(`^cpu${cpu} (.*)$`, 'm').exec(files.get('/proc/stat') ?? '')?.[1];
  return line ? line.trim().split(/\s+/).slice(0, 8).map(Number) : null;
}
