import fs from 'node:fs';
import path from 'node:path';
import type { BenchResult } from '@weightfold/bench/measure';
import { expect, it } from 'vitest';
import { itOnData, json, scratch, sharedModel, weightfold } from '../test/launch.js';
import { benchMarkdown, benchText } from './bench-output.js';

itOnData('measures a model and writes the same results as CSV, Markdown and HTML', () => {
  const dir = scratch();
  const [csv, md, html] = ['b.csv', 'b.md', 'b.html'].map((name) => path.join(dir, name)) as [
    string,
    string,
    string,
  ];
  const model = sharedModel('tflm_hello_world_int8');
  const words = ['bench', model, '--runs', '20', '--profile', '--csv', csv, '--md', md, '--html', html];
  const { status, document } = json(words);
  expect({ status, error: document.error }).toEqual({ status: 0, error: undefined });
  expect(document.results).toHaveLength(1);
  const [row] = document.results;
  const [profile] = document.profiles;
  expect(profile).toMatchObject({ model, threads: 1, memory: { arena: row.arenaBytes } });
  expect(profile.ops.map(({ kind }: { kind: string }) => kind)).toEqual(Array(3).fill('FULLY_CONNECTED'));
  for (const key of ['medianUs', 'p95Us', 'firstUs', 'peakRssBytes', 'arenaBytes', 'loadMs', 'wfzBytes'])
    expect(row[key], key).toBeGreaterThan(0);
  expect(row.ci95Us[0]).toBeLessThanOrEqual(row.medianUs);
  expect(row.ci95Us[1]).toBeGreaterThanOrEqual(row.medianUs);
  expect(typeof row.trusted).toBe('boolean');
  const [head, line] = fs.readFileSync(csv, 'utf8').split('\r\n');
  const cells = Object.fromEntries(head!.split(',').map((key, i) => [key, line!.split(',')[i]]));
  expect(cells).toMatchObject({
    model,
    engine: row.engine,
    medianUs: String(row.medianUs),
    trusted: String(row.trusted),
  });
  const { ops, totalUs } = profile;
  expect(ops[0]).toMatchObject({ operator: 'FULLY_CONNECTED', source: 0, macs: 16 });
  expect(ops.reduce((sum: number, { us }: { us: number }) => sum + us, 0)).toBeCloseTo(totalUs);
  expect(fs.readFileSync(html, 'utf8')).toContain('Ops of tflm_hello_world_int8.tflite');
  for (const file of [md, html]) expect(fs.readFileSync(file, 'utf8')).toContain(row.medianUs.toFixed(2));
});

it('says which rows are not to be trusted, and why', () => {
  const row = { model: 'm', medianUs: 1, minUs: 1, p95Us: 2, p99Us: 2, ci95Us: [1, 1], loadMs: 1 };
  const reasons = ['it was too hot'];
  const result = {
    context: {
      cpu: 'Cortex',
      cores: 4,
      arch: 'aarch64',
      kernel: '6',
      governors: [],
      pinned: null,
      after: { frequencyMHz: null, temperatureC: null, load1: null },
    },
    results: [
      { ...row, engine: 'ours', trusted: true, reasons: [] },
      { ...row, engine: 'litert', trusted: false, reasons },
    ],
    ratios: [{ model: 'm', engine: 'ours', versus: 'litert', ratio: 1, ci99: [1, 1], verdict: 'faster' }],
    refused: [],
    absent: [{ engine: 'ort', reason: 'it cannot be had' }],
    assertions: [
      { assertion: 'p95<0.1ms', model: 'm', engine: 'ours', value: 162.7, ok: false },
      { assertion: 'rss<1MB', model: 'm', engine: 'ours', value: 65536, ok: true },
    ],
  } as unknown as BenchResult;
  for (const render of [benchText, benchMarkdown]) {
    const told = /Not to be trusted: 1 of 2 rows \(litert\), nor the ratios .*\n\n- it was too hot/;
    expect(render(result)).toMatch(told);
    expect(render(result)).toContain('it cannot be had');
    expect(render(result)).toContain(
      '\n\n- MISSED: p95<0.1ms (ours, m: 162.7 µs)\n- holds: rss<1MB (ours, m: 65,536 B)\n',
    );
    const both = ['it was too hot', 'others were busy'];
    const results = result.results.map((one, i) => ({
      ...one,
      trusted: false,
      reasons: both.slice(0, 2 - i),
    }));
    expect(render({ ...result, results })).toContain('- it was too hot\n- others were busy (ours, m)');
    const trusted = { ...result, results: result.results.slice(0, 1), ratios: [] };
    expect(render(trusted)).not.toContain('Not to be trusted');
  }
});

itOnData('ends with 3 when a requirement is missed, with 6 when the measurement decides nothing', () => {
  const model = sharedModel('tflm_hello_world_int8');
  const missed = json(['bench', model, '--runs', '10', '--assert', 'p95<1ns', '--assert', 'file<1MB']);
  expect(missed.status).toBe(3);
  expect(missed.document.assertions).toMatchObject([
    { assertion: 'p95<1ns', ok: false },
    { assertion: 'file<1MB', ok: true },
  ]);
  const strict = json(['bench', model, '--runs', '10', '--assert', 'p95<1ns', '--strict']);
  expect(strict.status).toBe(strict.document.trusted ? 3 : 6);
  const wrong = json(['bench', model, '--assert', 'p95']);
  expect([wrong.status, wrong.document.error.code]).toEqual([2, 'USAGE']);
});

it('refuses options that would do nothing, before it measures', () => {
  const combinations: [words: string[], told: string][] = [
    [['diff', 'a.json', 'b.json', '--html', 'x.html'], '--html cannot be given with bench diff'],
    [['diff', 'a.json', 'b.json', '--threads', '2'], '--threads cannot be given with bench diff'],
    [['m.tflite', '--exit-code'], '--exit-code is for bench diff'],
    [['m.tflite', '--fresh'], '--fresh is for --host'],
    [['m.tflite', '--board-dir', 'x'], '--board-dir is for --host'],
  ];
  for (const [words, told] of combinations) {
    const { status, document } = json(['bench', ...words]);
    expect([status, document.error.message]).toEqual([2, told]);
  }
});

itOnData('compares two measurements', () => {
  const dir = scratch();
  const model = sharedModel('tflm_hello_world_int8');
  const files = ['old.json', 'new.json'].map((name) => {
    const file = path.join(dir, name);
    fs.writeFileSync(file, weightfold(['bench', model, '--runs', '20', '--json']).stdout);
    return file;
  });
  // The same file twice: nothing may differ.
  const same = json(['bench', 'diff', files[0]!, files[0]!, '--exit-code']);
  expect(same.status).toBe(0);
  expect(same.document.changes).toMatchObject([{ ratio: 1, verdict: 'not distinguishable' }]);
  const slower = JSON.parse(fs.readFileSync(files[1]!, 'utf8'));
  for (const sample of slower.samples)
    sample.rounds = sample.rounds.map((round: number[]) => round.map((ns) => 50 * ns));
  const trust = (file: string, document: { results: object[] }, reasons: string[]) => {
    for (const row of document.results) Object.assign(row, { trusted: reasons.length === 0, reasons });
    fs.writeFileSync(file, JSON.stringify(document));
  };
  trust(files[0]!, JSON.parse(fs.readFileSync(files[0]!, 'utf8')), []);
  trust(files[1]!, slower, []);
  const changed = json(['bench', 'diff', files[0]!, files[1]!, '--exit-code']);
  expect(changed.status).toBe(3);
  expect(changed.document.changes).toMatchObject([{ verdict: 'slower', trusted: true }]);
  trust(files[1]!, slower, ['it was hot']);
  const starred = weightfold(['bench', 'diff', files[0]!, files[1]!, '--exit-code']);
  expect(starred.status).toBe(6);
  expect(starred.stdout).toMatch(
    / slower\*[\s\S]*\* Not to be trusted, and so no finding:\n- new: it was hot/,
  );
  const { status, document } = json(['bench', 'diff', files[0]!]);
  expect([status, document.error.message]).toEqual([2, expect.stringContaining('expected two files')]);
});

itOnData('goes on where a rival refuses a model, and says so', () => {
  const csv = path.join(scratch(), 'b.csv');
  const model = sharedModel('tflm_person_detect_int8');
  const words = ['bench', model, '--runs', '1', '--against', 'litert,tflm', '--csv', csv];
  const { status, document } = json(words);
  expect(status).toBe(0);
  expect(document.results.map(({ engine }: { engine: string }) => engine).slice(1)).toEqual(['tflm']);
  expect(document.refused).toMatchObject([{ model, engine: 'litert' }]);
  const lines = fs.readFileSync(csv, 'utf8').trimEnd().split('\r\n');
  expect(lines).toHaveLength(4);
  expect(lines[3]).toContain(`${model},litert,,,`);
  expect(document.absent).toEqual([]);
});

itOnData('looks at its outputs before it measures', () => {
  const { status, document } = json(['bench', 'no-such-model.tflite', '--csv', scratch()]);
  expect([status, document.error.code]).toEqual([2, 'EISDIR']);
});
