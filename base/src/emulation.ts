import fs from 'node:fs';
import os from 'node:os';
import { ExitCode, WeightfoldError } from './errors.js';

/** What a machine says of itself: `uname -m`, and the texts of /proc/cpuinfo and /proc/sys/kernel/arch, empty where there are none. */
export interface CpuTexts {
  arch: string;
  cpuInfo: string;
  kernelArch: string;
}

/**
 * Why a machine is an emulator; null on real hardware. User-mode emulation shows the /proc of the machine below it; a whole emulated
 * machine names itself.
 */
export function emulation({ arch, cpuInfo, kernelArch }: CpuTexts): string | null {
  const isArm = /^(aarch64|arm)/.test(arch);
  const vendor = /^(vendor_id|model name)\s*:\s*(.*)$/m.exec(cpuInfo)?.[2]?.trim();
  if (isArm && /^flags\s*:.*\b(sse2|avx)\b/m.test(cpuInfo)) {
    return `uname says ${arch}, but /proc/cpuinfo is that of an x86 CPU (${vendor})`;
  }
  const kernel = kernelArch.trim();
  if (isArm && kernel === 'x86_64') return `uname says ${arch}, but the kernel is one for ${kernel}`;
  if (/QEMU Virtual CPU|^Hardware\s*:.*QEMU/m.test(cpuInfo))
    return 'the CPU calls itself a virtual one of QEMU';
  return null;
}

let here: string | null | undefined;

/** Why this machine is an emulator; null on real hardware. It is looked at once in a process. */
export function emulatedHere(): string | null {
  if (here === undefined) {
    const [cpuInfo, kernelArch] = ['/proc/cpuinfo', '/proc/sys/kernel/arch'].map(textOf);
    here = emulation({ arch: os.machine(), cpuInfo: cpuInfo!, kernelArch: kernelArch! });
  }
  return here;
}

/** Older kernels lack one of the files, and other systems both. */
function textOf(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** What is said instead of times. */
export const timesRefused = (emulated: string): string => `emulated, so its times are refused: ${emulated}`;

/**
 * Called before anything is measured, where times are all that is asked for.
 * @throws WeightfoldError EMULATED (exit code 6) on an emulator
 */
export function expectHardware(): void {
  const emulated = emulatedHere();
  if (emulated === null) return;
  throw new WeightfoldError(`this machine is ${timesRefused(emulated)}`, {
    code: 'EMULATED',
    exitCode: ExitCode.untrusted,
    expected: 'real hardware',
  });
}

/** For times that are told beside other things: a figure on real hardware, null on an emulator. */
export const timeOrNull = <T extends number>(time: T): T | null => (emulatedHere() === null ? time : null);

/** Begins to measure; what it returns tells the milliseconds since, null on an emulator. */
export function startTimer(): () => number | null {
  const began = performance.now();
  return () => timeOrNull(performance.now() - began);
}
