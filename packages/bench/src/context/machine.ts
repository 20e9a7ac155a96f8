import { emulation } from '@weightfold/base';
import type { MachineState } from '../measure/schema.js';
import type { MachineFiles } from './machine-files.js';

/** What does not change while a benchmark runs. */
export interface Machine {
  host: string;
  cpu: string;
  cores: number;
  features: string[];
  kernel: string;
  /** Why this is an emulator; null on real hardware. */
  emulated: string | null;
}

/** Names a machine from its files. `arch` is what `uname -m` prints there. */
export function describeMachine(files: MachineFiles, arch: string): Machine {
  const info = files.get('/proc/cpuinfo') ?? '';
  const value = (key: string) => new RegExp(`^${key}\\s*:\\s*(.*)$`, 'm').exec(info)?.[1]?.trim();
  const board = files.get('/proc/device-tree/model')?.replaceAll('\0', '').trim();
  return {
    host: files.get('/proc/sys/kernel/hostname')?.trim() ?? 'unknown',
    cpu: board || value('model name') || armPart(info) || 'unknown',
    cores: info.match(/^processor\s*:/gm)?.length ?? 0,
    features: (value('flags') ?? value('Features') ?? '').split(/\s+/).filter(Boolean).sort(),
    kernel: files.get('/proc/sys/kernel/osrelease')?.trim() ?? 'unknown',
    emulated: emulation({ arch, cpuInfo: info, kernelArch: files.get('/proc/sys/kernel/arch') ?? '' }),
  };
}

function armPart(info: string): string | null {
  const field = (key: string) => new RegExp(`^CPU ${key}\\s*:\\s*(\\S+)`, 'm').exec(info)?.[1];
  const [implementer, part] = [field('implementer'), field('part')];
  return implementer && part ? `Arm implementer ${implementer} part ${part}` : null;
}

/** Numbers of the CPUs that the files know. */
export function cpuNumbers(files: MachineFiles): number[] {
  return [...(files.get('/proc/stat') ?? '').matchAll(/^cpu(\d+)/gm)].map(([, number]) => Number(number));
}

/** Governors of these CPUs, each named once. */
export function governors(files: MachineFiles, cpus: readonly number[]): string[] {
  const names = cpus.map((cpu) =>
    files.get(`/sys/devices/system/cpu/cpu${cpu}/cpufreq/scaling_governor`)?.trim(),
  );
  return [...new Set(names.filter((name) => name !== undefined))];
}

/** Frequency, temperature, throttling and load now. `throttled` is the output of `vcgencmd get_throttled`, where there is one. */
export function machineState(
  files: MachineFiles,
  cpus: readonly number[],
  throttled: string | null = null,
): MachineState {
  const frequencies = cpus
    .map((cpu) => Number(files.get(`/sys/devices/system/cpu/cpu${cpu}/cpufreq/scaling_cur_freq`)))
    .filter((kiloHertz) => kiloHertz > 0);
  const temperatures = [...files]
    .filter(([name]) => name.startsWith('/sys/class/thermal/'))
    .map(([, text]) => Number(text))
    .filter((milli) => milli > 0);
  const flags = files.get('/sys/devices/platform/soc/soc:firmware/get_throttled') ?? throttled;
  const load = Number(files.get('/proc/loadavg')?.split(' ')[0] ?? Number.NaN);
  return {
    frequencyMHz: frequencies.length > 0 ? Math.max(...frequencies) / 1000 : null,
    temperatureC: temperatures.length > 0 ? Math.max(...temperatures) / 1000 : null,
    throttled: flags === null ? null : throttleFlags(flags),
    load1: Number.isNaN(load) ? null : load,
  };
}

/** Bits of get_throttled (raspberrypi.com, "vcgencmd"): 0 to 3 now, 16 to 19 since the start. */
const throttleBits: Record<number, string> = {
  0: 'under-voltage',
  1: 'frequency capped',
  2: 'throttled',
  3: 'soft temperature limit',
  16: 'under-voltage since boot',
  17: 'frequency capped since boot',
  18: 'throttled since boot',
  19: 'soft temperature limit since boot',
};

function throttleFlags(text: string): string[] {
  const bits = Number.parseInt(/(?:0x)?([0-9a-f]+)\s*$/i.exec(text.trim())?.[1] ?? '0', 16);
  return Object.entries(throttleBits)
    .filter(([bit]) => (bits >>> Number(bit)) & 1)
    .map(([, flag]) => flag);
}
