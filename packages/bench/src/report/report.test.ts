import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseHTML } from 'linkedom';
import { chromium } from 'playwright-core';
import { expect, it } from 'vitest';
import type { MeasuredStage } from '../pipeline/run.js';
import { renderReport } from './report.js';

const browser = '/usr/bin/chromium';
const ready = fs.existsSync(browser);
if (!ready && !process.env.CI) console.warn(`skipped: no ${browser}`);

const stageNames = ['base', 'pruned', 'sparse-clustered', 'pcqat'];

/** A run folder as runPipeline leaves it; the figures are made up, the page is what is tested. */
function runFolder(): string {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-report-'));
  const density = {
    layer: 'b1 <pw>',
    float: { min: -1, max: 1, counts: [1, 5, 9, 2] },
    int8: { counts: Array.from({ length: 255 }, (_, i) => (i === 127 ? 9000 : 3)) },
  };
  const stages = stageNames.map(
    (name, i) =>
      ({
        name,
        accuracyFloat: 88,
        accuracyInt8: 87.5 - i,
        tflite: `0${i + 1}-${name}/model.tflite`,
        bytes: 297632,
        sha256: 'ab'.repeat(32),
        zipBytes: 141070,
        wfzBytes: 99000 + i,
        xzBytes: 128308,
        brotliBytes: 130000,
        zeroFraction: 0.5,
        maxDistinct: 16,
        medianUs: 40,
        p95Us: 44,
        litertMedianUs: null,
        litertP95Us: null,
        trusted: i === 0,
        judgement: null,
        steps: 20,
        isa: 'avx2',
        layers: [
          { name: 'b1 <pw>/weights', elements: 9600, entropyBits: 4 - i },
          { name: 'b1_dw/weights', elements: 400, entropyBits: 8 },
        ],
        densities: [density],
      }) as unknown as MeasuredStage,
  );
  const provenance = {
    date: '2026-11-24T00:00:00Z',
    seed: 1,
    config: { model: { name: 'mobilenet-v1' } },
    dataset: { name: 'fashion-mnist', source: 'a test', licence: 'MIT', files: [] },
    machine: { cpu: 'a CPU', cores: 2, memoryBytes: 2 ** 34, os: 'Linux', features: [] },
    versions: { node: process.version },
  };
  fs.writeFileSync(path.join(dir, 'result.json'), JSON.stringify({ schemaVersion: 1, stages, provenance }));
  const metric = (stage: string, step: number) =>
    JSON.stringify({ type: 'step', stage, step, loss: 1 / step });
  const lines = [metric('base', 10), metric('base', 20), metric('pcqat', 10), '{"type":"step","sta'];
  fs.writeFileSync(path.join(dir, 'metrics.jsonl'), lines.join('\n'));
  return dir;
}

it('is one page without scripts and without anything from elsewhere', () => {
  const html = renderReport(runFolder());
  expect(html).not.toMatch(/<script|<link|@import|src=|href="http|url\(http/);
  expect(html).toContain('b1 &lt;pw&gt;');
  expect(html).toContain('<th scope="row">b1_dw</th><td>400</td><td>8.00</td>');
  expect(html).not.toContain('<pw>');
});

it('cuts a column of zeros that would leave nothing of the others, and says how many there are', () => {
  const { document } = parseHTML(renderReport(runFolder()));
  const figures = document.querySelectorAll('figure svg');
  const [real, coded] = [figures[0], figures[stageNames.length]];
  expect(coded!.getAttribute('aria-label')).toMatch(
    /b1 <pw> at stage base; 9000 are zero, their column is cut/,
  );
  expect(coded!.textContent).toContain('9,000 zeros');
  const heights = [...coded!.querySelectorAll('rect')].map((bar) => Number(bar.getAttribute('height')));
  expect(heights.length).toBe(255);
  expect(Math.max(...heights) / Math.min(...heights)).toBeCloseTo(1.25, 1);
  expect(real!.textContent).not.toContain('zeros');
});

it('opens in a browser: the table reads as it should, plots are drawn, a phone scrolls nothing sideways', {
  skip: !ready && !process.env.CI,
}, async () => {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'wf-page-')), 'report.html');
  fs.writeFileSync(file, renderReport(runFolder()));
  const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'];
  const chrome = await chromium.launch({ executablePath: browser, args });
  try {
    const page = await chrome.newPage({ viewport: { width: 390, height: 800 } });
    const problems: string[] = [];
    page.on('console', (message) => problems.push(message.text()));
    page.on('requestfailed', (request) => problems.push(request.url()));
    await page.goto(`file://${file}`);
    const texts = await page.locator('tr').allInnerTexts();
    const rows = new Map(texts.map((text) => text.split(/\t/)).map(([name, ...cells]) => [name, cells]));
    expect(rows.get('Stage')).toEqual(stageNames);
    expect(rows.get('int8 %')).toEqual(['87.50', '86.50', '85.50', '84.50']);
    expect(rows.get('.wfz')).toEqual(['99,000', '99,001', '99,002', '99,003']);
    expect(rows.get('µs median')).toEqual(['40.0', '40.0*', '40.0*', '40.0*']);
    expect(rows.get('Bits per weight')).toEqual(['4.16', '3.20', '2.24', '1.28']);
    expect(rows.get('LiteRT µs')).toEqual(['–', '–', '–', '–']);
    expect(await page.locator('figure svg').count()).toBe(9); // 4 stages × 2 densities, and the loss
    const [content, viewport] = (await page.evaluate(
      '[document.documentElement.scrollWidth, innerWidth]',
    )) as [number, number];
    expect(content).toBeLessThanOrEqual(viewport);
    await page.setViewportSize({ width: 500, height: 800 });
    const [table, room] = (await page.evaluate(
      "(({ scrollWidth, clientWidth }) => [scrollWidth, clientWidth])(document.querySelector('.scroll'))",
    )) as [number, number];
    expect(table).toBeLessThanOrEqual(room);
    expect(problems).toEqual([]);
  } finally {
    await chrome.close();
  }
});

it.each([
  ['half a file', (text: string) => text.slice(0, 400), /result.json: expected JSON but received/],
  ['another document', () => '[]', /expected schemaVersion to be a number but received undefined/],
  [
    'no stages',
    (text: string) => text.replace(/"stages":\[.*\],"prov/, '"stages":[],"prov'),
    /at least one stage/,
  ],
  ['a stage in part', (text: string) => text.replace('"wfzBytes":99001', '"wfz":1'), /stages.1.wfzBytes/],
])('says what is wrong with a damaged result: %s', (_, damage, message) => {
  const dir = runFolder();
  const file = path.join(dir, 'result.json');
  fs.writeFileSync(file, damage(fs.readFileSync(file, 'utf8')));
  expect(() => renderReport(dir)).toThrow(message);
});

it('says what is missing when the folder holds no finished run', () => {
  expect(() => renderReport(os.tmpdir())).toThrow(/no finished run/);
});
