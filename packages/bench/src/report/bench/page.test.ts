import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runFolder } from '../../../test/run-folder.js';
import { expectSoundPage, pageUrl, rowsOf, skipBrowser } from '../../../test/sound-page.js';
import { launchChromium, pageWidths } from '../../browser.js';
import { type BenchResult, type BenchRow, benchSchema } from '../../measure/schema.js';
import { gatherReport } from '../gather.js';
import { renderReport } from '../report.js';
import { modelNames } from './names.js';
import { renderBench } from './page.js';

const model = 'runs/demo/04-pcqat/model.tflite';
const row = (engine: string, medianUs: number): BenchRow => ({
  model,
  engine,
  version: '1.2',
  threads: 1,
  runs: 2000,
  runsPerSample: engine === 'litert' ? 4 : 1,
  medianUs,
  minUs: 0.9 * medianUs,
  p5Us: 0.95 * medianUs,
  p95Us: 1.2 * medianUs,
  p99Us: 1.5 * medianUs,
  madUs: 0.02 * medianUs,
  ci95Us: [0.99 * medianUs, 1.01 * medianUs],
  loadMs: 1.5,
  firstUs: 300,
  peakRssBytes: 45_000_000,
  arenaBytes: engine.startsWith('weightfold') ? 19728 : null,
  fileBytes: 297648,
  wfzBytes: 99367,
  trusted: engine !== 'tflm',
  reasons: engine === 'tflm' ? ['it was too <hot>'] : [],
});
const sampled = (engine: string, medianUs: number) => ({
  model,
  engine,
  rounds: [
    [0.9, 1, 1, 1.1],
    [0.95, 1, 1.05, 1.4],
  ].map((round) => round.map((part) => 1000 * part * medianUs)),
});
const state = { frequencyMHz: 2400, temperatureC: 51, throttled: ['under-voltage'], load1: 0.5 };

/** A whole document, with made-up figures. */
const result: BenchResult = benchSchema.parse({
  settings: { seed: 1, rounds: 2, minSeconds: null, runs: null, threads: 1, input: null },
  context: {
    date: '2026-11-27T18:42:17.000Z',
    host: 'board',
    cpu: 'a CPU',
    cores: 4,
    features: ['asimd', 'asimddp'],
    arch: 'aarch64',
    kernel: '6.6',
    governors: ['performance'],
    pinned: [2],
    emulated: null,
    before: state,
    after: { ...state, temperatureC: 64 },
    others: [],
    othersCpus: null,
    stolen: null,
  },
  results: [row('weightfold-avx2', 50), row('litert', 75), row('tflm', 15_878.2)],
  ratios: [
    {
      model,
      engine: 'weightfold-avx2',
      versus: 'litert',
      ratio: 1.5,
      ci95: [1.48, 1.52],
      ci99: [1.47, 1.53],
      verdict: 'faster',
    },
    {
      model,
      engine: 'weightfold-avx2',
      versus: 'tflm',
      ratio: 317.6,
      ci95: [310, 320],
      ci99: [300, 330],
      verdict: 'faster',
    },
  ],
  samples: [sampled('weightfold-avx2', 50), sampled('litert', 75)],
  refused: [{ model, engine: 'ort', reason: 'no such op\nat length' }],
  absent: [{ engine: 'litert-noamx', reason: 'cannot be had' }],
  assertions: [{ assertion: 'p95<12ms', model, engine: 'weightfold-avx2', value: 0.06, ok: true }],
  soak: [
    {
      model,
      engine: 'weightfold-avx2',
      seconds: 60,
      windows: [10, 20, 30].map((seconds) => ({
        seconds,
        runs: 1000,
        medianUs: 50 + seconds / 10,
        p95Us: 60,
        p99Us: 70,
        maxUs: 90,
        frequencyMHz: 2400,
        temperatureC: 60,
        rssBytes: 5e7,
      })),
      drift: 1.04,
    },
  ],
  profiles: [
    {
      model,
      engine: 'weightfold-avx2',
      runs: 100,
      threads: 1,
      totalUs: 48,
      memory: { arena: 19728, live: 16384, state: 0, scratch: 4096, packed: 220000 },
      ops: [
        {
          kind: 'CONV_2D',
          operator: 'CONV_2D',
          source: 0,
          output: 'a;b',
          kernel: 'avx2',
          us: 36,
          macs: 720_000,
          share: 0.75,
        },
        {
          kind: 'SOFTMAX',
          operator: 'SOFTMAX',
          source: 1,
          output: 'y',
          kernel: 'scalar',
          us: 12,
          macs: 0,
          share: 0.25,
        },
      ],
    },
  ],
  trusted: false,
  reasons: [],
});

it('names models as shortly as they can be told apart', () => {
  const names = (...models: string[]) => [
    ...modelNames({ results: models.map((name) => ({ ...row('litert', 1), model: name })) }).values(),
  ];
  expect(names('a/b/x.tflite', 'a/c/model.wfz')).toEqual(['x.tflite', 'c/model.wfz']);
  expect(names('a/x.tflite', 'b/x.tflite')).toEqual(['a/x.tflite', 'b/x.tflite']);
});

it('shows only what was measured', () => {
  const { profiles: _, soak: __, assertions: ___, ...rest } = result;
  const bare = renderBench({ ...rest, ratios: [], refused: [], absent: [], samples: [], trusted: true });
  for (const title of ['Ops', 'Soak', 'Requirements', 'Ratios', 'Left out', 'Not to be trusted'])
    expect(bare).not.toContain(title);
  expect(bare).toContain('Latencies');
});

it('stands in the report of a run that it was handed to', () => {
  const html = renderReport(gatherReport(runFolder(), { bench: result }));
  expect(html).toContain('<h2>Bench: ops</h2>');
  expect(html).toContain('it was too &lt;hot&gt;');
});

describe.skipIf(skipBrowser)('a measurement in a browser', () => {
  let chrome: Browser;
  const url = pageUrl(renderBench(result));

  beforeAll(async () => {
    chrome = await launchChromium();
  });

  afterAll(() => chrome?.close());

  // Ratios, latencies, ops, soak.
  it.each(pageWidths)('is sound at %i px', (width) => expectSoundPage(chrome, url, width, 4));

  it('shows the figures, and what is not to be trusted', async () => {
    const page = await chrome.newPage();
    await page.goto(url);
    await page.evaluate('for (const part of document.querySelectorAll("details")) part.open = true');
    expect(await page.locator('.warning').innerText()).toMatch(
      /1 of 3 rows, marked with \*.*\s+it was too <hot>/,
    );
    const latencies = await rowsOf(page, 'Microseconds of 04-pcqat/model.tflite');
    expect(latencies[1]).toEqual([
      'weightfold-avx2',
      '50.0',
      '49.5 – 50.5',
      '45.0',
      '47.5',
      '60.0',
      '75.0',
      '1.00',
      '2,000',
      'yes',
    ]);
    expect(latencies[3]!.slice(0, 2)).toEqual(['tflm', '15,878']);
    const ratios = await rowsOf(page, 'Times as fast');
    expect(ratios[1]!.slice(2)).toEqual(['litert', '1.500', '1.480 – 1.520', '1.470 – 1.530', 'faster']);
    expect(ratios[2]![3]).toBe('317.600*');
    expect((await rowsOf(page, 'Ops of 04-pcqat/model.tflite'))[1]).toEqual([
      '0',
      'CONV_2D',
      'CONV_2D',
      'avx2',
      'a',
      '36.00',
      '75.0 %',
      '720,000',
      '20.0',
    ]);
    expect(await rowsOf(page, 'Engines without figures')).toContainEqual([
      'litert-noamx',
      'any',
      'cannot be had',
    ]);
    expect(await page.locator('dl.facts').innerText()).toContain('51 °C before, 64 °C after');
    const dots = await page
      .locator('.chart .wide')
      .first()
      .locator('circle')
      .evaluateAll((all) => all.map((dot) => Number(dot.getAttribute('cx'))));
    expect(dots[0]).toBeLessThan(dots[1]!); // 1.5 times and 317.6 times
    await page.close();
  });
});
