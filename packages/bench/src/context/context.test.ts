import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { distrust } from './distrust.js';
import { contextBetween, readMachine } from './local.js';

/** A machine's files in a folder of their own. */
function tree(files: Record<string, string>): string {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-machine-'));
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    fs.writeFileSync(path.join(root, name), text);
  }
  return root;
}

// Fields 3 to 52 of /proc/PID/stat as proc(5) has them.
function statLine(
  pid: number,
  name: string,
  parent: number,
  ticks: number,
  cpu: number,
  endedTicks = 0,
): string {
  const fields = Array.from({ length: 50 }, () => '0');
  Object.assign(fields, { 0: 'R', 1: `${parent}`, 11: `${ticks}`, 13: `${endedTicks}`, 36: `${cpu}` });
  return `${pid} (${name}) ${fields.join(' ')}`;
}

const pi4 = {
  '/proc/cpuinfo':
    'processor\t: 0\nBogoMIPS\t: 108.00\nFeatures\t: fp asimd evtstrm crc32 cpuid\nCPU implementer\t: 0x41\nCPU part\t: 0xd08\n\nprocessor\t: 1\nFeatures\t: fp asimd\n',
  '/proc/device-tree/model': 'Raspberry Pi 4 Model B Rev 1.4\0',
  '/proc/sys/kernel/osrelease': '6.6.31+rpt-rpi-v8\n',
  '/proc/sys/kernel/hostname': 'kitchen\n',
  '/proc/sys/kernel/arch': 'aarch64\n',
  '/proc/loadavg': '0.10 0.20 0.30 1/200 4321\n',
  '/proc/stat': 'cpu  20 0 0 200 0 0 0 0 0 0\ncpu0 10 0 0 100 0 0 0 0 0 0\ncpu1 10 0 0 100 0 0 0 0 0 0\n',
  '/proc/1/stat': statLine(1, 'systemd', 0, 500, 0),
  '/proc/70/stat': statLine(70, 'node', 1, 100, 1),
  '/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor': 'ondemand\n',
  '/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq': '1500000\n',
  '/sys/devices/system/cpu/cpu1/cpufreq/scaling_governor': 'ondemand\n',
  '/sys/devices/system/cpu/cpu1/cpufreq/scaling_cur_freq': '1500000\n',
  '/sys/class/thermal/thermal_zone0/temp': '54321\n',
  '/sys/devices/platform/soc/soc:firmware/get_throttled': '20000\n',
};

/** What a run on such a machine is told to be, and what speaks against it; ten seconds between the readings. */
async function run(
  before: Record<string, string>,
  after: Record<string, string>,
  options: Partial<{ arch: string; pinned: number[] | null; own: number | null }> = {},
) {
  const first = await readMachine(tree(before));
  const second = { ...(await readMachine(tree(after))), at: first.at + 10_000 };
  const context = contextBetween(first, second, { arch: 'aarch64', own: 70, pinned: null, ...options });
  return { context, reasons: distrust(context, 1) };
}

it('reads an idle Raspberry Pi, and has nothing against it', async () => {
  const { context, reasons } = await run(pi4, pi4);
  expect(reasons).toEqual([]);
  expect(context).toMatchObject({
    host: 'kitchen',
    cpu: 'Raspberry Pi 4 Model B Rev 1.4',
    cores: 2,
    features: ['asimd', 'cpuid', 'crc32', 'evtstrm', 'fp'],
    arch: 'aarch64',
    kernel: '6.6.31+rpt-rpi-v8',
    governors: ['ondemand'],
    emulated: null,
    others: [],
    before: { frequencyMHz: 1500, temperatureC: 54.321, load1: 0.1 },
  });
  // Bit 17: capped at some time since it started, which is not now.
  expect(context.before.throttled).toEqual(['frequency capped since boot']);
});

it('distrusts a CPU that slowed down, grew hot, and was throttled meanwhile', async () => {
  const hot = {
    ...pi4,
    '/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq': '1000000\n',
    '/sys/devices/system/cpu/cpu1/cpufreq/scaling_cur_freq': '1000000\n',
    '/sys/class/thermal/thermal_zone0/temp': '83500\n',
    '/sys/devices/platform/soc/soc:firmware/get_throttled': '60006\n',
  };
  const { reasons } = await run(pi4, hot);
  expect(reasons).toEqual([
    expect.stringMatching(/frequency went from 1500 to 1000 MHz under the governor ondemand: set it to perf/),
    'throttled: frequency capped, throttled, throttled since boot; mend power supply or cooling',
    '83.5 °C hot: let it cool, or add a fan',
  ]);
});

it('names others that used the CPUs, but not its own children, nor those on CPUs that it is not pinned to', async () => {
  const busy = {
    ...pi4,
    '/proc/stat': 'cpu0 1010 0 0 100 0 0 0 0 0 0\ncpu1 1010 0 0 100 0 0 0 0 0 0\n',
    '/proc/70/stat': statLine(70, 'node', 1, 600, 1),
    '/proc/71/stat': statLine(71, 'python3', 70, 200, 1),
    '/proc/80/stat': statLine(80, 'Web (Content)', 1, 300, 1),
    '/proc/81/stat': statLine(81, 'cc1plus', 1, 1000, 0),
  };
  const { context, reasons } = await run(pi4, busy);
  expect(context.others).toEqual([
    { name: 'cc1plus', pid: 81, cpus: 1 },
    { name: 'Web (Content)', pid: 80, cpus: 0.3 },
  ]);
  expect(context.othersCpus).toBeCloseTo(1.3);
  expect(reasons).toEqual(['others kept 1.30 CPUs busy: cc1plus 100 % of one, Web (Content) 30 % of one']);
  const pinned = await run(pi4, busy, { pinned: [1] });
  expect(pinned.context.others.map(({ pid }) => pid)).toEqual([80]);
  expect(pinned.context.othersCpus).toBeCloseTo(0.3);
});

it('knows of others that have ended, by what the CPUs did beside its own work and that of its ended children', async () => {
  const after = {
    ...pi4,
    '/proc/stat': 'cpu0 10 0 0 1100 0 0 0 0 0 0\ncpu1 710 100 100 160 40 50 50 0 0 0\n',
    '/proc/70/stat': statLine(70, 'node', 1, 500, 1, 200),
  };
  const { context, reasons } = await run(pi4, after);
  expect(context.others).toEqual([]);
  expect(context.othersCpus).toBeCloseTo(0.4);
  expect(reasons).toEqual(['others kept 0.40 CPUs busy: processes that have ended, and the kernel, 40 %']);
  // Started anew meanwhile: what the CPUs count is of another time.
  const { context: restarted } = await run(after, pi4);
  expect([restarted.othersCpus, restarted.stolen]).toEqual([null, null]);
});

it('tells time that a hypervisor took', async () => {
  const after = {
    ...pi4,
    '/proc/stat': 'cpu0 910 0 0 100 0 0 0 100 0 0\ncpu1 10 0 0 1100 0 0 0 0 0 0\n',
    '/proc/70/stat': statLine(70, 'node', 1, 1000, 0),
  };
  const { context, reasons } = await run(pi4, after);
  expect(context.stolen).toBeCloseTo(0.1);
  expect(reasons).toEqual(['the hypervisor gave 10 % of the time to other machines']);
});

it('sees who is at work on a machine that the benchmark itself is not on, a board', async () => {
  const busy = { ...pi4, '/proc/80/stat': statLine(80, 'motion', 1, 300, 1) };
  const { context, reasons } = await run(pi4, busy, { own: null });
  expect(context.others).toEqual([{ name: 'motion', pid: 80, cpus: 0.3 }]);
  expect(reasons).toEqual([expect.stringMatching(/others kept 0.30 CPUs busy: motion/)]);
});

it.each([
  [
    { '/proc/cpuinfo': 'vendor_id\t: AuthenticAMD\nmodel name\t: AMD EPYC\nflags\t\t: fpu sse2 avx2\n' },
    /x86 CPU/,
  ],
  [{ '/proc/sys/kernel/arch': 'x86_64\n' }, /the kernel is one for x86_64/],
])('knows an emulator by what it lets through', async (shown, told) => {
  const { context, reasons } = await run({ ...pi4, ...shown }, { ...pi4, ...shown });
  expect(context.emulated).toMatch(told);
  expect(reasons[0]).toMatch(/^emulated: .*its times say nothing about real hardware$/);
});

it('takes a machine that tells next to nothing', async () => {
  const { context, reasons } = await run({}, {}, { arch: 'riscv64' });
  expect(reasons).toEqual([]);
  expect(context).toMatchObject({ cpu: 'unknown', governors: [], emulated: null, stolen: null });
  expect(context.after).toEqual({ frequencyMHz: null, temperatureC: null, throttled: null, load1: null });
});

it('reads this machine', async () => {
  const before = await readMachine();
  const context = contextBetween(before, await readMachine(), { pinned: null });
  expect(context.cores).toBe(os.cpus().length);
  expect(context.kernel).toBe(os.release());
  expect(context.emulated).toBeNull();
});

it('sees short processes of others on this machine that have ended when it looks', async () => {
  const told = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'wf-short-')), 'times');
  // Left alone by its parent, and so no child of this process. `times` tells what its own children used.
  const short = 'i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done';
  const script = `for n in 1 2 3 4; do sh -c '${short}'; done; times > ${told}.new; mv ${told}.new ${told}`;
  const before = await readMachine();
  spawnSync('sh', ['-c', `(${script}) > /dev/null 2>&1 &`], { timeout: 10_000 });
  while (!fs.existsSync(told)) await sleep(20);
  const after = await readMachine();
  const [, children] = fs.readFileSync(told, 'utf8').split('\n');
  const [user, system] = children!.split(' ').map((time) => Number(/m([\d.]+)s/.exec(time)![1]));
  const { othersCpus } = contextBetween(before, after, { pinned: null });
  const seconds = (after.at - before.at) / 1000;
  expect(user! + system!).toBeGreaterThan(0.05);
  expect(othersCpus! * seconds).toBeGreaterThan(0.6 * (user! + system!)); // the kernel counts in ticks of 10 ms
});
