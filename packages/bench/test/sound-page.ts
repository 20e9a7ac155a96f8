import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';
import { chromiumPath, hasChromium } from '../src/browser.js';
import { pageProblems } from '../src/page-problems.js';

/** Tests in a browser are skipped without one; in CI they run, and fail. */
export const skipBrowser = !hasChromium() && !process.env.CI;
if (skipBrowser) console.warn(`skipped: no ${chromiumPath}`);

/** Writes a page into a file of its own. */
export function pageUrl(html: string): string {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'wf-page-')), 'page.html');
  fs.writeFileSync(file, html);
  return pathToFileURL(file).href;
}

/** Opens a page at a width: it has so many charts, and nothing is wrong with it (pageProblems). */
export async function expectSoundPage(
  chrome: Browser,
  url: string,
  width: number,
  charts: number,
): Promise<void> {
  const page = await chrome.newPage({ viewport: { width, height: 900 } });
  expect(await pageProblems(page, url)).toEqual([]);
  expect(await page.locator('.chart').count()).toBe(charts);
  await page.close();
}

/** Cells of the table in a region. */
export async function rowsOf(page: Page, name: string): Promise<string[][]> {
  const texts = await page.getByRole('region', { name, exact: true }).locator('tr').allInnerTexts();
  return texts.map((text) => text.split('\t').map((cell) => cell.trim()));
}
