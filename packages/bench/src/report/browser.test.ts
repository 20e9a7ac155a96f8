import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostileLayer, runFolder, treeStages } from '../../test/run-folder.js';
import { chromiumPath, hasChromium, launchChromium, pageWidths } from '../browser.js';
import { gatherReport } from './gather.js';
import { renderReport } from './report.js';

const skip = !hasChromium() && !process.env.CI;
if (skip) console.warn(`skipped: no ${chromiumPath}`);

describe.skipIf(skip)('the report in a browser', () => {
  let chrome: Browser;
  let url: string;

  beforeAll(async () => {
    chrome = await launchChromium();
    const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'wf-page-')), 'report.html');
    fs.writeFileSync(file, renderReport(gatherReport(runFolder())));
    url = pathToFileURL(file).href;
  });

  afterAll(() => chrome?.close());

  const rowsOf = async (page: Page, name: string) => {
    const texts = await page.getByRole('region', { name, exact: true }).locator('tr').allInnerTexts();
    return texts.map((text) => text.split('\t').map((cell) => cell.trim()));
  };

  it.each(pageWidths)(
    'at %i px: nothing sticks out, charts are drawn, no error, axe finds nothing',
    async (width) => {
      const page = await chrome.newPage({ viewport: { width, height: 900 } });
      const problems: string[] = [];
      page.on('console', (message) => problems.push(message.text()));
      page.on('pageerror', (error) => problems.push(error.message));
      page.on('request', (request) => request.url() !== url && problems.push(request.url()));
      await page.goto(url);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      // Charts are in the page in two sizes, and one of them is to be seen.
      const charts = page.locator('.chart');
      expect(await charts.count()).toBe(8); // two fronts, the search, sizes, latency, loss, accuracy, pruned
      for (const chart of await charts.all()) expect(await chart.locator('svg:visible').count()).toBe(1);
      expect(await page.locator('.figures svg').count()).toBe(2 * treeStages.length);
      expect(problems).toEqual([]);
      for (const summary of await page.locator('summary').all()) await summary.click();
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      await page.evaluate(axe.source);
      const found = (await page.evaluate("axe.run({ resultTypes: ['violations'] })")) as {
        violations: { id: string; nodes: { html: string }[] }[];
      };
      expect(found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html}`)).toEqual([]);
      await page.close();
    },
  );

  it('shows the figures, also without scripts', async () => {
    const context = await chrome.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(url);
    const [heads, first, ...others] = await rowsOf(page, 'Quality and size of each stage');
    expect(heads).toContain('.wfz compression');
    expect(first).toEqual([
      'base',
      '–',
      '88.00',
      '87.50',
      '297,632',
      '141,070',
      '52.60 %',
      '99,000',
      '66.74 %',
    ]);
    expect(others.at(-1)!.slice(0, 4)).toEqual(['coded', 'base', '88.00', '79.50']);
    await page.getByText('Every measure', { exact: true }).click();
    const measures = new Map(
      (await rowsOf(page, 'Every measure of each stage')).map(([name, ...cells]) => [name, cells]),
    );
    expect(measures.get('µs median')!.slice(0, 2)).toEqual(['40.0', '41.0*']);
    expect(measures.get('LiteRT µs')!.slice(0, 2)).toEqual(['–', '60.0']);
    expect(measures.get('Bits per weight')![0]).toBe('8.00');
    const densities = await page
      .getByRole('region', { name: 'Density of every layer' })
      .locator('tr')
      .allInnerTexts();
    expect(densities[1]).toMatch(
      new RegExp(`^${hostileLayer}\\s+9,762\\s+8.00 92 % · 255\\s+7.50 92 % · 255`),
    );
    expect(await page.locator('table button').count()).toBe(0);
    await context.close();
  });

  it('is reached by the keyboard alone: skip link, sections, tables that scroll, sorting', async () => {
    const page = await chrome.newPage({ viewport: { width: 390, height: 800 } });
    await page.goto(url);
    const focused = async () => {
      await page.keyboard.press('Tab');
      return (await page.evaluate(
        'document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent.trim()',
      )) as string;
    };
    const reached: string[] = [];
    for (let i = 0; i < 80 && reached.at(-1) !== 'Configuration'; i++) reached.push(await focused());
    const wanted = [
      'To the content',
      'Stages',
      'Deployment tree',
      'Quality and size of each stage',
      '.wfz bytes',
      'Every measure',
    ];
    expect(reached.filter((name) => wanted.includes(name))).toEqual(wanted);
    expect(reached).toEqual(
      expect.arrayContaining(['The numbers', 'Density of every layer', 'Configuration']),
    );
    const table = page.getByRole('region', { name: 'Quality and size of each stage' });
    const names = () => table.locator('tbody th').allInnerTexts();
    await table.getByRole('button', { name: '.wfz bytes' }).focus();
    await page.keyboard.press('Enter');
    expect(await names()).toEqual([...treeStages].reverse());
    await page.keyboard.press('Enter');
    expect(await names()).toEqual(treeStages);
    expect(await table.getByRole('columnheader', { name: '.wfz bytes' }).getAttribute('aria-sort')).toBe(
      'descending',
    );
    await page.close();
  });
});
