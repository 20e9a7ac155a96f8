import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Model } from '@weightfold/runtime-native';
import { bytesOf, modelFile, needing } from '@weightfold/test-support';
import { beforeAll, expect, it } from 'vitest';
import { boardJob } from './jobs.js';
import { parseAnswer } from './rounds.js';
import { runnerFor } from './runner.js';

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
}, 300_000);

it('gives the outputs of the addon, on every instruction set and with threads', needing('data'), () => {
  const { plan, input } = boardJob(kws, undefined, os.machine());
  fs.writeFileSync(at('plan'), plan);
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
  const answer = parseAnswer(
    runner('bench', ...files, '--rounds', '3', '--runs', '4').stdout.toString(),
    'here',
  );
  expect(answer.rounds.map(({ length }) => length)).toEqual([4, 4, 4]);
  expect(isas).toContain(answer.isa);
});

it('refuses what it cannot run, and says why', needing('data'), () => {
  const { plan, input } = boardJob(kws, undefined, os.machine());
  fs.writeFileSync(at('plan'), plan);
  fs.writeFileSync(at('short'), input.subarray(1));
  fs.writeFileSync(at('damaged'), plan.subarray(0, 1000));
  const run = (name: string, inputName: string, ...more: string[]) =>
    runner('run', '--plan', at(name), '--input', at(inputName), ...more);
  expect(run('plan', 'short')).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/expected 490 bytes of input but received 489/),
  });
  expect(run('damaged', 'short')).toMatchObject({ status: 1, stderr: expect.stringMatching(/plan/) });
  expect(run('nothing', 'short').stderr).toMatch(/cannot read the plan/);
  expect(run('plan', 'short', '--isa', 'sse9').stderr).toMatch(/no instruction set sse9/);
  for (const words of [[], ['walk'], ['bench'], ['run', '--plan'], ['run', '--threads', '0']])
    expect(runner(...words)).toMatchObject({ status: 2, stderr: expect.stringMatching(/expected info/) });
  expect(() => parseAnswer('{"rounds": []}', 'a board')).toThrow(/a board: expected the runner's samples/);
});
