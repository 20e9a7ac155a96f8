import fs from 'node:fs';
import { expectHardware } from '@weightfold/base';
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

/** What opening a page takes until it is laid out, in milliseconds. */
export interface Opening {
  /** From the request to the load event, by the clock. */
  ms: number;
  /** Processor time of the thread that parses, lays out and runs scripts: what a busy machine does not change much. */
  cpuMs: number;
}

/** Opens a page and tells what that takes. @throws WeightfoldError EMULATED on an emulator */
export async function openingOf(page: Page, url: string): Promise<Opening> {
  expectHardware();
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable');
  const cpuSeconds = async () => {
    const { metrics } = await devtools.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'ThreadTime')!.value;
  };
  const before = await cpuSeconds();
  await page.goto(url);
  const ms = await page.evaluate(
    'document.body.offsetHeight, performance.getEntriesByType("navigation")[0].loadEventEnd',
  );
  return { ms: ms as number, cpuMs: 1000 * ((await cpuSeconds()) - before) };
}
