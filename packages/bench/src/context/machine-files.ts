import fs from 'node:fs';
import path from 'node:path';

/** What a machine's /proc and /sys say: text by absolute path. */
export type MachineFiles = ReadonlyMap<string, string>;

/** The files that tell about a machine. `[0-9]*` stands for a number, here and in the shell of a board. */
export const machinePatterns = [
  '/proc/cpuinfo',
  '/proc/loadavg',
  '/proc/stat',
  '/proc/sys/kernel/arch',
  '/proc/sys/kernel/osrelease',
  '/proc/sys/kernel/hostname',
  '/proc/device-tree/model',
  '/sys/devices/system/cpu/cpu[0-9]*/cpufreq/scaling_governor',
  '/sys/devices/system/cpu/cpu[0-9]*/cpufreq/scaling_cur_freq',
  '/sys/devices/system/cpu/cpu[0-9]*/thermal_throttle/core_throttle_count',
  '/sys/class/thermal/thermal_zone[0-9]*/temp',
  // Raspberry Pi OS: what `vcgencmd get_throttled` prints, without the firmware's tool.
  '/sys/devices/platform/soc/soc:firmware/get_throttled',
  '/proc/[0-9]*/stat',
];

/** Reads them under `root`: `/`, or a copy of another machine's. Files that are not there are left out. */
export function readMachineFiles(root = '/', patterns = machinePatterns): MachineFiles {
  const found = new Map<string, string>();
  for (const pattern of patterns) {
    for (const name of expand(root, pattern.slice(1).split('/'))) {
      const text = readText(path.join(root, name));
      if (text !== null) found.set(name, text);
    }
  }
  return found;
}

/** Paths under `root` that match a pattern, given by its parts. */
function expand(root: string, parts: string[]): string[] {
  let paths = [''];
  for (const part of parts) {
    const [prefix, digits] = part.split('[0-9]*');
    paths = paths.flatMap((above) => {
      if (digits === undefined) return [`${above}/${part}`];
      const names = listed(path.join(root, above)).filter((name) => isNumbered(name, prefix!));
      return names.map((name) => `${above}/${name}`);
    });
  }
  return paths;
}

const isNumbered = (name: string, prefix: string) =>
  name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length));

/** What the kernel lets us see now: processes end while they are looked at, and some files are for the administrator. */
function readText(file: string): string | null {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function listed(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}
