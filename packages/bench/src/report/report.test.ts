import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parseHTML } from 'linkedom';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { hostileLayer, runFolder, treeStages } from '../../test/run-folder.js';
import { reportDocument } from './document.js';
import { reportCsv, reportJson, reportMarkdown } from './exports.js';
import { paretoFront } from './front.js';
import { gatherReport } from './gather.js';
import { readRivals } from './inputs.js';
import { renderReport } from './report.js';
import { sparsityTable } from './sparsity.js';

const dir = runFolder();
const run = gatherReport(dir);

/** An element of the page by its accessible name. */
const labelled = (name: string) =>
  parseHTML(renderReport(run)).document.querySelector(`[aria-label="${name}"]`)!;

it('is one page with nothing from elsewhere, whose policy lets it load nothing', () => {
  const html = renderReport(run);
  expect(html).not.toMatch(/<link|@import|src=|href="[^#]|url\(/);
  expect(html).toContain("default-src 'none'");
  expect(html).not.toMatch(/unsafe-|<[^>]* style=/);
  expect(html).toContain('b1 &lt;pw&gt;');
  expect(html).not.toContain(hostileLayer);
});

it('gives the same bytes for the same run', () => {
  expect(renderReport(gatherReport(dir))).toBe(renderReport(run));
});

it('draws which stage comes from which', () => {
  const parents = [...labelled('Deployment tree').querySelectorAll('li')].map((item) => {
    const name = (of: string) => item.querySelector(of)?.textContent ?? null;
    const parent = item.parentElement!.closest('li')?.querySelector(':scope > .node strong');
    return [name(':scope > .node strong'), parent?.textContent ?? null];
  });
  expect(new Map(parents as [string, string | null][])).toEqual(
    new Map([
      ['base', null],
      ['qat', 'base'],
      ['pruned', 'base'],
      ['pqat', 'pruned'],
      ['sparse-clustered', 'pruned'],
      ['pcqat', 'sparse-clustered'],
      ['clustered', 'base'],
      ['cqat', 'clustered'],
      ['coded', 'base'],
    ]),
  );
});

it('cuts a column of zeros that would leave nothing of the others, and says how many there are', () => {
  const codes = labelled(
    `int8 codes of b1 &lt;pw&gt; at stage base; 9000 are zero, their column is cut`
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>'),
  );
  expect(codes.textContent).toContain('9,000 zeros');
  const steps = [
    ...codes
      .querySelector('path.codes')!
      .getAttribute('d')!
      .matchAll(/v(-?\d+)h1/g),
  ];
  const heights = steps.map(([, step]) => Number(step));
  expect([heights.length, heights[0], heights[127]]).toEqual([255, 160, 40]); // 200 is the top, 1.25 times the others
});

it('draws few codes side by side as far as there are any, and codes that are far apart wide enough to be seen', () => {
  const drawn = (codes: number[]) => {
    const counts = Array.from({ length: 255 }, (_, i) => (codes.includes(i - 127) ? 100 : 0));
    const stages = run.stages.map((stage) => ({
      ...stage,
      layers: stage.layers.map((layer) => (layer.codes ? { ...layer, codes: counts } : layer)),
    }));
    const { document } = parseHTML(renderReport({ ...run, stages }));
    return document
      .querySelector('[aria-label="int8 codes of b1 <pw> at stage base"] path.codes')!
      .getAttribute('d');
  };
  expect(drawn([-1, 0, 1])).toBe('M7 0v200h1v-200M8 0v200h1v-200M9 0v200h1v-200'); // 0 is in the middle of 17
  expect(drawn([-20, 0, 20])).toBe('M-1 0v200h3v-200M19 0v200h3v-200M39 0v200h3v-200');
});

it('says what the bytes of each file are for', () => {
  for (const [i, { content }] of run.stages.entries()) {
    const { size } = fs.statSync(path.join(dir, `0${i + 1}-${treeStages[i]}/model.wfz`));
    const sum = (part: Record<string, number>) => Object.values(part).reduce((a, b) => a + b, 0);
    expect([sum(content!.plain), sum(content!.coded) + content!.headerBytes]).toEqual([5000, size]);
  }
});

it('joins what nothing else beats in both accuracy and cost', () => {
  const all = [
    [80, 10],
    [85, 20],
    [84, 30],
    [85, 25],
    [90, 40],
  ].map(([accuracy, cost]) => ({ accuracy: accuracy!, cost: cost! }));
  expect(paretoFront(all).map(({ cost }) => cost)).toEqual([10, 20, 40]);
});

it('shows trainings of a search, and none where there was none', () => {
  const rows = [...labelled('Trainings of the search').querySelectorAll('tbody tr')].map((row) =>
    [...row.children].map(({ textContent }) => textContent),
  );
  expect(rows).toEqual([
    ['coded-try-1', '70,123', '87.25', '86.50', 'yes'],
    ['coded-try-2', '42,000', '85.50', '86.50', 'no'],
    ['coded-try-3', '20,000', '–', '86.50', 'no'],
  ]);
  expect(renderReport({ ...run, attempts: [] })).not.toContain('Trainings of the search');
});

it('shows files of others only when they were given', () => {
  const tfmot = new URL('../../figures/tfmot-mobilenet-v1-0.25.csv', import.meta.url);
  const rivals = readRivals(fileURLToPath(tfmot));
  expect(rivals.length).toBe(8);
  const pcqat = { name: 'pcqat', source: 'TFMOT 0.8.1', accuracyInt8: 84.23, bytes: 149751, medianUs: null };
  expect(rivals.at(-1)).toEqual(pcqat);
  const html = renderReport(gatherReport(dir, { rivals }));
  expect(html).toContain('<title>TFMOT pcqat: 84.23 %, 149,751 bytes</title>');
  expect(html).toContain('Diamonds: TFMOT 0.8.1, as recorded, packed in their own way; ours are .wfz.');
  expect(renderReport(run)).not.toContain('TFMOT 0');
  expect(reportMarkdown({ ...run, rivals })).toContain('\n| TFMOT pcqat | 84.23 | 149,751 | no |\n');
  expect(reportMarkdown(run)).not.toContain('TFMOT');
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'wf-rivals-')), 'rivals.csv');
  fs.writeFileSync(file, 'name,source,accuracyInt8,bytes,medianUs\r\n"a, b",X,84,149751,40.5\r\n');
  expect(readRivals(file)).toMatchObject([{ name: 'a, b', medianUs: 40.5 }]);
  fs.writeFileSync(file, 'name,source,accuracyInt8,bytes\nPCQAT,X,good,149751\n');
  expect(() => readRivals(file)).toThrow(/line 2: expected accuracyInt8 to be a number but received good/);
  fs.writeFileSync(file, 'name,source,bytes\nPCQAT,X,1\n');
  expect(() => readRivals(file)).toThrow(/expected a column accuracyInt8/);
});

it('shows coded stages of several rates by their rates', () => {
  const coded = run.stages.at(-1)!;
  const other = { ...coded, name: 'coded-small', lambda: 0.03, bitsPerWeight: 1.25, accuracyInt8: 77.25 };
  const html = renderReport({ ...run, stages: [...run.stages, other] });
  const { document } = parseHTML(html);
  const rows = [...document.querySelectorAll('[aria-label="Coded stages by their rates"] tbody tr')];
  expect(rows.map((row) => [...row.children].slice(0, 3).map(({ textContent }) => textContent))).toEqual([
    ['coded', '0.0150', '4.16'],
    ['coded-small', '0.0300', '1.25'],
  ]);
  expect(renderReport(run)).not.toContain('Coded stages by their rates');
});

it('says where zeros are a gain in size only, by what was measured', () => {
  const [base] = run.stages as [(typeof run.stages)[number]];
  const stage = (name: string, zeroFraction: number, medianUs: number, litertMedianUs: number | null) => {
    const wfzBytes = name === 'base' ? 220_000 : 62_000;
    return { ...base, name, zeroFraction, wfzBytes, medianUs, litertMedianUs, trusted: true };
  };
  const dense = stage('base', 0.04, 40, null);
  const slow = stage('pruned', 0.5, 39, null);
  const quick = stage('blocks', 0.75, 20, null);
  const gains = (...stages: Parameters<typeof sparsityTable>[0]) =>
    sparsityTable(stages)?.rows.map(([name, gain]) => [name, gain]);
  expect(gains(dense, stage('qat', 0.05, 30, null))).toBeUndefined();
  expect(gains(dense, { ...slow, wfzBytes: dense.wfzBytes })).toBeUndefined();
  expect(gains(dense, { ...quick, wfzBytes: dense.wfzBytes })).toBeUndefined();
  expect(gains(dense, slow, quick)).toEqual([
    ['base', null],
    ['pruned', 'size only'],
    ['blocks', 'size and time'],
  ]);
  const unknown = ['blocks', 'size; time is not to be trusted'];
  expect(gains(dense, { ...quick, trusted: false })![1]).toEqual(unknown);
  // A machine that was slow for all while the dense stage was measured: beside LiteRT nothing is faster.
  const busy = stage('base', 0.04, 106, 212);
  expect(gains(busy, stage('coded', 0.57, 88, 180))![1]).toEqual(['coded', 'size only']);
  expect(gains(busy, stage('blocks', 0.57, 44, 180))![1]).toEqual(['blocks', 'size and time']);
  expect(gains(busy, { ...stage('blocks', 0.57, 44, 180), trusted: false })![1]).toEqual(unknown);
  const sparse = { ...run, stages: [dense, slow] };
  expect(reportMarkdown(sparse)).toContain('| pruned | size only | 50 % | 62,000 | 39.0 | – |');
  expect(renderReport(sparse)).toContain('What zeros gain beside base');
  expect(renderReport({ ...run, stages: [busy, stage('coded', 0.57, 88, 180)] })).toContain(
    'What zeros gain beside base, time by the ratio to LiteRT',
  );
});

it('shows no time of a run that was made on an emulator, and says so', () => {
  const file = path.join(dir, 'result.json');
  const measured = fs.readFileSync(file, 'utf8');
  const untimed = { medianUs: null, p95Us: null, litertMedianUs: null, litertP95Us: null };
  const result = JSON.parse(measured) as { stages: object[] };
  const stages = result.stages.map((stage) => ({ ...stage, ...untimed, seconds: null, cpuSeconds: null }));
  fs.writeFileSync(file, JSON.stringify({ ...result, stages }));
  const emulated = gatherReport(dir);
  fs.writeFileSync(file, measured);
  expect(renderReport(run).includes('int8 top-1 over median latency')).toBe(true);
  const html = renderReport(emulated);
  expect(html.match(/int8 top-1 over median latency|\d\s*(µs|ms)\b|\bNaN\b/g)).toBeNull();
  expect(html).toContain('Stages were measured on an emulator, whose times are none.');
  expect(reportMarkdown(emulated).match(/NaN/g)).toBeNull();
});

it('writes the tables as Markdown and a line per stage as CSV', () => {
  const markdown = reportMarkdown(run);
  expect(markdown).toContain(
    '| pcqat | sparse-clustered | 88.00 | 80.50 | 297,632 | 141,070 | 52.60 % | 92,000 | 69.09 % |',
  );
  const [head, ...lines] = reportCsv(run).trim().split('\r\n');
  expect(lines.length).toBe(9);
  const column = (name: string) => lines.map((line) => line.split(',')[head!.split(',').indexOf(name)]);
  expect(column('from')).toEqual([
    '',
    'base',
    'base',
    'pruned',
    'base',
    'clustered',
    'pruned',
    'sparse-clustered',
    'base',
  ]);
  expect(column('wfzBytes')[8]).toBe('91000');
});

it('writes JSON that fits the schema in docs, which is that of the code', () => {
  const file = new URL('../../../../docs/formats/report.schema.json', import.meta.url);
  const schema = JSON.parse(fs.readFileSync(file, 'utf8'));
  expect(schema, 'npm run report:schema writes it anew').toEqual(z.toJSONSchema(reportDocument));
  const validate = new Ajv2020().compile(schema);
  const written = JSON.parse(reportJson(run));
  expect(validate(written), JSON.stringify(validate.errors)).toBe(true);
  expect(validate({ ...written, stages: [] })).toBe(false);
});

it.each([
  ['half a file', (text: string) => text.slice(0, 400), /result.json: expected JSON but received/],
  ['another document', () => '[]', /expected the document to fit .* but received \[\]/],
  [
    'no stages',
    (text: string) => text.replace(/"stages":\[.*\],"prov/, '"stages":[],"prov'),
    /expected stages to fit/,
  ],
  [
    'a stage in part',
    (text: string) => text.replace('"wfzBytes":98000', '"wfz2":1'),
    /expected stages.1.wfzBytes .* received undefined/,
  ],
])('says what is wrong with a damaged result: %s', (_, damage, message) => {
  const damaged = runFolder();
  const file = path.join(damaged, 'result.json');
  fs.writeFileSync(file, damage(fs.readFileSync(file, 'utf8')));
  expect(() => gatherReport(damaged)).toThrow(message);
});

it('says what is missing when the folder holds no finished run', () => {
  expect(() => gatherReport(os.tmpdir())).toThrow(/no finished run/);
});
