/** The kernel counts CPU time in ticks of 10 ms for user space, on every architecture (USER_HZ of the Linux ABI). */
export const ticksPerSecond = 100;

/** What some CPUs spent in all between two readings of /proc/stat, in seconds of one CPU. */
export interface CpuTime {
  /** At work for any program, or for the kernel. */
  busy: number;
  /** Given to other machines by a hypervisor while it was wanted. */
  stolen: number;
}

/**
 * What CPUs spent between two texts of /proc/stat (proc(5)), which has "user nice system idle iowait irq softirq steal" of each.
 * @returns null when a text does not tell of one of the CPUs, or the machine was started anew between them
 */
export function cpuTimeBetween(before: string, after: string, cpus: readonly number[]): CpuTime | null {
  const spent = { busy: 0, stolen: 0 };
  for (const cpu of cpus) {
    const [from, to] = [ticksOf(before, cpu), ticksOf(after, cpu)];
    if (!from || !to || to[0]! < from[0]!) return null;
    const ticks = to.map((value, i) => value - from[i]!);
    const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = ticks;
    spent.busy += (user + nice + system + irq + softirq) / ticksPerSecond;
    spent.stolen += steal / ticksPerSecond;
  }
  return cpus.length > 0 ? spent : null;
}

function ticksOf(stat: string, cpu: number): number[] | null {
  const line = new RegExp(`^cpu${cpu} (.*)$`, 'm').exec(stat)?.[1];
  return line ? line.trim().split(/\s+/).slice(0, 8).map(Number) : null;
}
