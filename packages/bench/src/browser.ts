import fs from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

/** Debian's Chromium, for tests of pages and pictures of them. */
export const chromiumPath = '/usr/bin/chromium';

export const hasChromium = (): boolean => fs.existsSync(chromiumPath);

/** Widths of a phone, a laptop and a large screen. */
export const pageWidths = [390, 1280, 2560] as const;

export function launchChromium(): Promise<Browser> {
  const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'];
  return chromium.launch({ executablePath: chromiumPath, args });
}

/** How long a page takes from the request to its load event, laid out, in milliseconds. */
export async function openingMs(page: Page, url: string): Promise<number> {
  await page.goto(url);
  const ms = await page.evaluate(
    'document.body.offsetHeight, performance.getEntriesByType("navigation")[0].loadEventEnd',
  );
  return ms as number;
}
