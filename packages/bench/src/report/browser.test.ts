import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostileLayer, runFolder, treeStages } from '../../test/run-folder.js';
import { expectSoundPage, pageUrl, rowsOf, skipBrowser } from '../../test/sound-page.js';
import { launchChromium, pageWidths } from '../browser.js';
import { gatherReport } from './gather.js';
import { renderReport } from './report.js';

describe.skipIf(skipBrowser)('the report in a browser', () => {
  let chrome: Browser;
  const url = pageUrl(renderReport(gatherReport(runFolder())));

  beforeAll(async () => {
    chrome = await launchChromium();
  });

  afterAll(() => chrome?.close());

  // Two fronts, the search, sizes, latency; loss, accuracy and pruned weights.
  it.each(pageWidths)('is sound at %i px', (width) => expectSoundPage(chrome, url, width, 8));

  it('fits on paper', async () => {
    const page = await chrome.newPage({ viewport: { width: 718, height: 1000 } }); // A4 between margins of 10 mm
    await page.emulateMedia({ media: 'print' });
    await page.goto(url);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(718);
    await page.close();
  });

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
    expect(await page.locator('.figures svg').count()).toBe(2 * treeStages.length);
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
