import { expect, it } from 'vitest';
import { emulatedHere, emulation, expectHardware, startTimer, timeOrNull } from './emulation.js';

const pi = 'processor\t: 0\nFeatures\t: fp asimd crc32\nCPU implementer\t: 0x41\nCPU part\t: 0xd08\n';
const epyc = 'vendor_id\t: AuthenticAMD\nmodel name\t: AMD EPYC 7B13\nflags\t\t: fpu sse2 avx2\n';

// Texts as qemu-user 7.2, a Raspberry Pi 4 and QEMU's machine `pc` show them.
it.each([
  [
    'aarch64',
    epyc,
    'x86_64',
    /^uname says aarch64, but \/proc\/cpuinfo is that of an x86 CPU \(AuthenticAMD\)$/,
  ],
  ['armv7l', epyc, '', /^uname says armv7l, but .* x86 CPU/],
  ['aarch64', '', 'x86_64\n', /^uname says aarch64, but the kernel is one for x86_64$/],
  ['x86_64', 'model name\t: QEMU Virtual CPU version 2.5+\n', 'x86_64', /virtual one of QEMU$/],
])('knows an emulator: %s, case %#', (arch, cpuInfo, kernelArch, told) => {
  expect(emulation({ arch, cpuInfo, kernelArch })).toMatch(told);
});

it.each([
  ['aarch64', pi, 'aarch64\n'],
  ['armv7l', pi, 'aarch64\n'],
  ['x86_64', epyc, 'x86_64\n'],
  ['arm64', '', ''],
])('takes others for what they are: %s, case %#', (arch, cpuInfo, kernelArch) => {
  expect(emulation({ arch, cpuInfo, kernelArch })).toBeNull();
});

// On an emulator: packages/bench/src/install/install.test.ts.
it('lets times pass where the tests run', () => {
  expect(emulatedHere()).toBeNull();
  expectHardware();
  expect(timeOrNull(3)).toBe(3);
  expect(startTimer()()).toBeGreaterThanOrEqual(0);
});
