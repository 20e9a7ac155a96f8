import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';
import { chromiumPath, hasChromium } from '../src/browser.js';

/** Tests in a browser are skipped without one; in CI they run, and fail. */
export const skipBrowser = !hasChromium() && !process.env.CI;
if (skipBrowser) console.warn(`skipped: no ${chromiumPath}`);

/** Writes a page into a file of its own. */
export function pageUrl(html: string): string {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'wf-page-')), 'page.html');
  fs.writeFileSync(file, html);
  return pathToFileURL(file).href;
}

/** Names of what axe finds wrong, with the first element of each. */
export async function axeFindings(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate("axe.run({ resultTypes: ['violations'] })");
  const { violations } = found as { violations: { id: string; nodes: { html: string }[] }[] };
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html}`);
}

/**
 * Opens a page at a width: nothing sticks out, closed and open; it loads nothing else; there are no errors; of each chart, which the page
 * has in two sizes, one is to be seen; axe finds nothing.
 */
export async function expectSoundPage(
  chrome: Browser,
  url: string,
  width: number,
  charts: number,
): Promise<void> {
  const page = await chrome.newPage({ viewport: { width, height: 900 } });
  const problems: string[] = [];
  page.on('console', (message) => problems.push(message.text()));
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('request', (request) => request.url() !== url && problems.push(request.url()));
  await page.goto(url);
  const contentWidth = () => page.evaluate('document.documentElement.scrollWidth');
  expect(await contentWidth()).toBeLessThanOrEqual(width);
  const all = await page.locator('.chart').all();
  expect(all.length).toBe(charts);
  for (const chart of all) expect(await chart.locator('svg:visible').count()).toBe(1);
  await page.evaluate('for (const part of document.querySelectorAll("details")) part.open = true');
  expect(await contentWidth()).toBeLessThanOrEqual(width);
  expect(problems).toEqual([]);
  expect(await axeFindings(page)).toEqual([]);
  await page.close();
}

/** Cells of the table in a region. */
export async function rowsOf(page: Page, name: string): Promise<string[][]> {
  const texts = await page.getByRole('region', { name, exact: true }).locator('tr').allInnerTexts();
  return texts.map((text) => text.split('\t').map((cell) => cell.trim()));
}
