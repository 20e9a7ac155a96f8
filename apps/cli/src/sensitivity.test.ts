import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { itOnData, json, launcher, scratch, shared, weightfold } from '../test/launch.js';

const model = path.join(shared, 'tfmot/dscnn_s_base_fp32.tflite');
const techniques = ['--techniques', 'prune-50,cluster-8', '--examples', '200', '--check-examples', '200'];

/** A configuration of spoken digits with the scanned network as its model. */
function config(dir: string): string {
  const [train, test] = ['train', 'test'].map((part) => ({
    x: path.join(shared, `fsdd/fsdd_${part}_x_f32.npy`),
    y: path.join(shared, `fsdd/fsdd_${part}_y.npy`),
  }));
  const file = path.join(dir, 'config.json');
  const values = { dataset: { name: 'fsdd', train, test }, model: { name: 'imported', file: model } };
  fs.writeFileSync(file, JSON.stringify({ schemaVersion: 1, ...values }));
  return file;
}

itOnData('measures every layer under every technique, and writes a plan that optimize takes', () => {
  const dir = scratch();
  const plan = path.join(dir, 'plan.json');
  const words = [
    'sensitivity',
    model,
    '-c',
    config(dir),
    ...techniques,
    '--target-bytes',
    '14000',
    '-o',
    plan,
  ];
  const { status, document } = json(words);
  expect({ status, error: document.error }).toEqual({ status: 0, error: undefined });
  expect(document).toMatchObject({ schemaVersion: 1, command: 'sensitivity', examples: 200, output: plan });
  expect(document.layers.length).toBe(10);
  for (const { effects } of document.layers) {
    expect(effects.map((one: { technique: string }) => one.technique)).toEqual([
      'int8',
      'prune-50',
      'cluster-8',
    ]);
    expect(effects[0].bytes).toBeGreaterThan(effects[1].bytes);
  }
  expect(document.plan.bytes).toBeLessThanOrEqual(14000);
  const planned = json(['optimize', plan, '-c', config(dir), '--dry-run']).document;
  expect(planned.planned).toEqual(document.stages);
  expect(json(words).document.error).toMatchObject({ code: 'EXISTS' });
});

itOnData('estimates bytes to within a tenth of what a layer needs when it is packed', () => {
  const words = ['sensitivity', model, '-c', config(scratch()), ...techniques, '--check-examples', '1'];
  const [estimated, packed] = ['estimated', 'packed'].map(
    (kind) => json([...words, '--bytes', kind]).document,
  );
  for (const [i, { technique, bytes }] of packed.uniform.entries()) {
    expect(bytes).not.toBe(estimated.uniform[i].bytes);
    expect(estimated.uniform[i].bytes / bytes, technique).toBeGreaterThan(0.9);
    expect(estimated.uniform[i].bytes / bytes, technique).toBeLessThan(1.1);
  }
});

itOnData('prints the tables, the plan and its constraints', () => {
  const words = [
    'sensitivity',
    model,
    '-c',
    config(scratch()),
    ...techniques,
    '--target-bytes',
    '14000',
    '-q',
  ];
  const { status, stdout, stderr } = weightfold(words);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^float: loss 0\.\d{4}, accuracy \d+\.\d\d % of 200 training examples/);
  expect(stdout).toMatch(/^together: 1[34],\d{3} bytes, loss \d\.\d{4}/m);
  expect(stdout).toMatch(/^the best that fits of all layers alike: cluster-8, 11,\d{3} bytes/m);
  expect(stdout).toContain('{"type":"quantize"');
  expect(stdout).toMatch(/Write it with -o plan\.json, then train it: weightfold optimize plan\.json/);
});

itOnData('refuses what it cannot do, exit code 2', () => {
  const own = config(scratch());
  const told = (...words: string[]) => {
    const { status, stderr } = weightfold(['sensitivity', ...words]);
    expect(status, stderr).toBe(2);
    return stderr;
  };
  expect(told(model, '-c', own, '-o', 'plan.json')).toContain('--target-bytes');
  expect(told(model, '-c', own, '--target-bytes', '3')).toMatch(/expected at least \d+ bytes but received 3/);
  expect(told(model, '-c', own, '--techniques', 'prun-50')).toContain('prun-50 is no technique');
  expect(told('no.keras', '-c', own)).toContain('no.keras');
  expect(told(scratch(), '-c', own)).toContain('is no run folder');
  expect(told(model, '-c', own, '--stage', 'base')).toContain('run folder');
});

itOnData('stops at a signal and says that nothing is saved', async () => {
  const words = ['sensitivity', model, '-c', config(scratch()), '--examples', '100000', '--json'];
  const child = spawn(process.execPath, [launcher, ...words], { timeout: 100_000 });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data) => {
    stdout += data;
  });
  child.stderr.on('data', (data) => {
    if (!stderr.includes('measuring') && String(data).includes('measuring')) child.kill('SIGINT');
    stderr += data;
  });
  const status = await new Promise((resolve) => child.on('close', resolve));
  expect(status).toBe(130);
  expect(JSON.parse(stdout).error).toMatchObject({
    code: 'INTERRUPTED',
    message: expect.stringContaining('nothing is saved'),
    hint: expect.stringContaining('--examples'),
  });
});
