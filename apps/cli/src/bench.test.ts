import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { itOnData, json, scratch, sharedModel } from '../test/launch.js';
import { benchHtml, benchMarkdown, benchText } from './bench-output.js';

itOnData('measures a model and writes the same results as CSV, Markdown and HTML', () => {
  const dir = scratch();
  const [csv, md, html] = ['b.csv', 'b.md', 'b.html'].map((name) => path.join(dir, name)) as [
    string,
    string,
    string,
  ];
  const model = sharedModel('tflm_hello_world_int8');
  const words = ['bench', model, '--runs', '20', '--csv', csv, '--md', md, '--html', html];
  const { status, document } = json(words);
  expect({ status, error: document.error }).toEqual({ status: 0, error: undefined });
  expect(document.results).toHaveLength(1);
  const [row] = document.results;
  for (const key of ['medianUs', 'p95Us', 'peakRssBytes', 'arenaBytes', 'loadMs'])
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
  for (const file of [md, html]) expect(fs.readFileSync(file, 'utf8')).toContain(row.medianUs.toFixed(1));
});

it('says which rows are not to be trusted, and what that means', () => {
  const row = { model: 'm', medianUs: 1, p95Us: 2, ci95Us: [1, 1] as [number, number] };
  const rest = { peakRssBytes: null, arenaBytes: null, loadMs: 1 };
  const results = ['ours', 'litert'].map((engine) => ({
    ...row,
    ...rest,
    engine,
    trusted: engine === 'ours',
  }));
  const ratios = [
    { model: 'm', engine: 'ours', versus: 'litert', ratio: 1, ci95: [1, 1] as [number, number] },
  ];
  for (const render of [benchText, benchMarkdown, benchHtml]) {
    const told = /Not to be trusted: 1 of 2 rows \(litert\), nor the ratios/;
    expect(render({ results, ratios, refused: [] })).toMatch(told);
    expect(render({ results: results.slice(0, 1), ratios: [], refused: [] })).not.toContain(
      'Not to be trusted',
    );
  }
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
});

itOnData('looks at its outputs before it measures', () => {
  const { status, document } = json(['bench', 'no-such-model.tflite', '--csv', scratch()]);
  expect([status, document.error.code]).toEqual([2, 'EISDIR']);
});
