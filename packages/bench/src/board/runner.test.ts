import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Model } from '@weightfold/runtime-native';
import { bytesOf, modelFile, needing } from '@weightfold/test-support';
import { beforeAll, expect, it } from 'vitest';
import { parseAnswer } from './answers.js';
import { boardJob } from './jobs.js';
import { bitsOf } from './probe.js';
import { parseProfile } from './profile.js';
import { buildLimitMs, runnerArch, runnerFor } from './runner.js';
import { parseWindows } from './soak.js';

// The runner for this machine, as it is built for boards of the same kind.
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-runner-'));
const at = (name: string) => path.join(dir, name);
const kws = modelFile('mlperf_kws01_dscnn_int8.tflite');

function runner(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(at('runner'), words, { timeout: 60_000 });
  return { status, stdout, stderr: stderr.toString() };
}

beforeAll(async () => {
  fs.writeFileSync(at('runner'), await runnerFor(os.machine(), () => {}), { mode: 0o755 });
}, buildLimitMs);

it('gives the outputs of the addon, on every instruction set and with threads', needing('data'), () => {
  const job = boardJob(kws, undefined, os.machine());
  const input = job.input.bytes;
  fs.writeFileSync(at('plan'), job.plan.bytes);
  fs.writeFileSync(at('input'), input);
  const model = Model.load(kws);
  (model.input(0) as Int8Array).set(new Int8Array(input.buffer, input.byteOffset, input.length));
  model.invoke();
  const expected = Buffer.from(model.output(0) as Int8Array);
  model.dispose();
  const { isas } = JSON.parse(runner('info').stdout.toString()) as { isas: string[] };
  expect(isas).toContain('scalar');
  const files = ['--plan', at('plan'), '--input', at('input')];
  for (const isa of isas) {
    for (const threads of ['1', '3'])
      expect(runner('run', ...files, '--isa', isa, '--threads', threads)).toEqual({
        status: 0,
        stdout: expected,
        stderr: '',
      });
  }
  expect(runner('run', ...files, '--output', at('output')).status).toBe(0);
  expect(Buffer.from(bytesOf(at('output')))).toEqual(expected);
  const text = (...words: string[]) => runner(...words).stdout.toString();
  const bench = (...words: string[]) =>
    parseAnswer(text('bench', ...files, '--rounds', '3', '--runs', '4', ...words), 1, 'here');
  const answer = bench();
  expect(answer.rounds.map(({ length }) => length)).toEqual([4, 4, 4]);
  expect(isas.map((isa) => `weightfold-${isa}`)).toContain(answer.engine);
  expect(answer.cpuNs).toBeGreaterThan(0);
  // A sample of 50 runs takes longer than any single one of these 12, and all that it takes is told.
  expect(Math.min(...bench('--batch', '50').rounds.flat())).toBeGreaterThan(
    Math.min(...answer.rounds.flat()),
  );

  const profile = parseProfile(text('profile', ...files, '--runs', '5'), job, 1, 'here');
  const here = Model.load(kws);
  const named = ({ kind, operator, output, macs }: (typeof profile.ops)[number]) => [
    kind,
    operator,
    output,
    macs,
  ];
  expect(profile.ops.map(named)).toEqual(here.profile(1).map(named));
  expect(profile).toMatchObject({ runs: 5, memory: { live: here.liveBytes, packed: here.packedBytes } });
  here.dispose();
  expect(() => parseProfile(text('profile', ...files), { ...job, ops: job.ops.slice(1) }, 1, 'here')).toThrow(
    /expected the times of \d+ ops/,
  );

  const windows = parseWindows(text('soak', ...files, '--ms', '300', '--windows', '3'), 1, [0], 'here');
  expect(windows.length).toBeGreaterThan(0);
  expect(windows.length).toBeLessThanOrEqual(3); // fewer where a run was kept waiting for longer than a window
  expect(windows.at(-1)!.seconds).toBeGreaterThanOrEqual(0.3);
  for (const { runs, medianUs, p99Us, maxUs, rssBytes } of windows) {
    expect([runs, rssBytes! / 100_000].map((figure) => figure > 1)).toEqual([true, true]);
    expect([medianUs <= p99Us, p99Us <= maxUs]).toEqual([true, true]);
  }
});

it('is chosen by the board’s userland, which may be of 32 bits on a 64-bit kernel', () => {
  const chosen = (arch: string, bits: number | null) => runnerArch('pi', { arch, bits });
  expect(chosen('aarch64', 64)).toBe('aarch64');
  expect(chosen('aarch64', null)).toBe('aarch64');
  for (const arch of ['aarch64', 'armv8l', 'armv7l']) expect(chosen(arch, 32)).toBe('armv7l');
  expect(chosen('x86_64', 64)).toBe('x86_64');
  for (const arch of ['x86_64', 'armv6l'])
    expect(() => chosen(arch, 32)).toThrow(`no weightfold-runner for 32-bit programs on ${arch}`);
  expect([bitsOf('32', null), bitsOf('64', ' 127 69 76 70 1')]).toEqual([32, 64]);
  // busybox has no getconf; `od -An -tu1` of the first five bytes of itself.
  expect([bitsOf(null, '127  69  76  70   1'), bitsOf(null, '127  69  76  70   2')]).toEqual([32, 64]);
  expect([bitsOf(null, '35 33 47 98 105'), bitsOf(null, null)]).toEqual([null, null]);
});

it('refuses what it cannot run, and says why', needing('data'), () => {
  const { plan, input } = boardJob(kws, undefined, os.machine());
  fs.writeFileSync(at('plan'), plan.bytes);
  fs.writeFileSync(at('short'), input.bytes.subarray(1));
  fs.writeFileSync(at('damaged'), plan.bytes.subarray(0, 1000));
  const run = (name: string, inputName: string, ...more: string[]) =>
    runner('run', '--plan', at(name), '--input', at(inputName), ...more);
  expect(run('plan', 'short')).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/expected 490 bytes of input but received 489/),
  });
  expect(run('damaged', 'short')).toMatchObject({ status: 1, stderr: expect.stringMatching(/plan/) });
  expect(run('nothing', 'short').stderr).toMatch(/cannot read the plan/);
  expect(run('plan', 'short', '--isa', 'sse9').stderr).toMatch(/no instruction set sse9/);
  const files = ['--plan', at('plan'), '--input', at('short')];
  for (const words of [
    [],
    ['walk'],
    ['walk', ...files],
    ['bench'],
    ['run', '--plan'],
    ['run', ...files, '--threads', '0'],
    ['bench', ...files, '--batch', '0'],
    ['soak', ...files, '--windows', '1001'],
  ])
    expect(runner(...words)).toMatchObject({ status: 2, stderr: expect.stringMatching(/expected info/) });
  expect(() => parseAnswer('{"rounds": []}', 1, 'a board')).toThrow(/a board: expected the runner's samples/);
});
