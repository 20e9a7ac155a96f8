import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { itOnData, json, launcher, scratch, shared, weightfold } from '../test/launch.js';

const env = { WEIGHTFOLD_DATA: shared };

itOnData('prints the resolved configuration and the stages with --dry-run and writes nothing', () => {
  const dir = scratch();
  const { status, document } = json(['optimize', 'pcqat', '-c', 'demo', '--dry-run'], { cwd: dir });
  expect({ status, error: document.error }).toEqual({ status: 0, error: undefined });
  expect(document.config.schemaVersion).toBe(1);
  expect(document.planned.length).toBeGreaterThanOrEqual(4);
  expect(document.outDir).toMatch(/^\.weightfold\/runs\/demo-[0-9a-f]{12}$/);
  expect(fs.readdirSync(dir)).toEqual([]);
});

itOnData(
  'takes the seed from flag over environment over file, and gives other configurations other folders',
  () => {
    const plan = (words: string[], seed?: string) =>
      json(
        ['optimize', 'pcqat', '-c', 'demo', '--dry-run', ...words],
        seed ? { env: { WEIGHTFOLD_SEED: seed } } : {},
      ).document;
    expect(plan([], '5').config.seed).toBe(5);
    expect(plan(['--seed', '6'], '5').config.seed).toBe(6);
    expect(plan(['--seed', '6']).outDir).not.toBe(plan(['--seed', '5']).outDir);
    expect(plan(['--seed', '5']).outDir).toBe(plan([], '5').outDir);
  },
);

itOnData('refuses an unknown key with its path and a suggestion, exit code 2', () => {
  const file = path.join(scratch(), 'weightfold.config.json');
  const { config } = json(['optimize', '-c', 'demo', '--dry-run']).document;
  fs.writeFileSync(file, JSON.stringify({ ...config, batchSzie: 4 }));
  const { status, document } = json(['optimize', '-c', file, '--dry-run']);
  expect(status).toBe(2);
  const told = JSON.stringify(document.error);
  expect(told).toContain('batchSzie');
  expect(told).toContain('batchSize');
});

itOnData('refuses an unknown recipe, exit code 2', () => {
  const { status, stderr } = weightfold(['optimize', 'pcquat', '-c', 'demo', '--dry-run']);
  expect(status).toBe(2);
  expect(stderr).toContain('pcqat');
});

itOnData.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('saves its state on %s, ends with %i and says how to go on', async (signal, code) => {
  const dir = scratch();
  const words = ['optimize', 'base', '-c', 'demo', '-o', 'my run', '--json'];
  const child = spawn(process.execPath, [launcher, ...words], { cwd: dir, env: { ...process.env, ...env } });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data) => {
    stdout += data;
  });
  child.stderr.on('data', (data) => {
    if (!/ \d+\/\d+ /.test(stderr) && / \d+\/\d+ /.test(stderr + data)) child.kill(signal);
    stderr += data;
  });
  const status = await new Promise((resolve) => child.on('close', resolve));
  expect({ status, stderr: status === code ? '' : stderr }).toEqual({ status: code, stderr: '' });
  const { error } = JSON.parse(stdout);
  expect(error).toMatchObject({ code: 'INTERRUPTED', received: signal });
  expect(error.hint).toContain("weightfold optimize base -c demo -o 'my run'");
  expect(fs.readdirSync(path.join(dir, 'my run', 'checkpoints')).length).toBeGreaterThan(0);
});
