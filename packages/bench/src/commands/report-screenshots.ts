// npm run report:screenshots -- [RUN_DIR] [-o DIR]: the report of a run (the demo's, if none is named) in Chromium on a phone,
// a laptop and a large screen, light and dark, and on paper, as PNG; prints the bytes of the page, what opening it takes, and what is wrong
// with it on a screen (axe, what sticks out, console). Exits 3 when it is above 1 MB or 1 s, or when something is wrong.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { Browser } from 'playwright-core';
import { launchChromium, openingOf, pageWidths } from '../browser.js';
import { pageProblems } from '../page-problems.js';
import { gatherReport } from '../report/gather.js';
import { renderReport } from '../report/report.js';
import { median } from '../statistics.js';
import { command } from './command.js';

const most = { bytes: 1e6, ms: 1000 };
const openings = 5;
/** Pixels of A4 between margins of 10 mm. */
const paperWidth = 718;

/** Median milliseconds by the clock. */
async function measureOpening(browser: Browser, url: string): Promise<number> {
  const times = { ms: [] as number[], cpuMs: [] as number[] };
  for (let i = 0; i < openings; i++) {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    const { ms, cpuMs } = await openingOf(page, url);
    times.ms.push(ms);
    times.cpuMs.push(cpuMs);
    await page.close();
  }
  const [ms, cpuMs] = [median(times.ms), median(times.cpuMs)];
  const load = os.loadavg()[0]!.toFixed(1);
  console.log(
    `opens in ${ms.toFixed(0)} ms, ${cpuMs.toFixed(0)} ms of CPU (medians of ${openings}; load ${load})`,
  );
  return ms;
}

/** Writes the pictures. Returns how many problems there are on screens. */
async function photograph(browser: Browser, url: string, folder: string): Promise<number> {
  const screens = pageWidths.flatMap((width) =>
    (['light', 'dark'] as const).map((colorScheme) => ({ width, colorScheme, media: 'screen' as const })),
  );
  const paper = { width: paperWidth, colorScheme: 'dark', media: 'print' } as const;
  let count = 0;
  for (const { width, colorScheme, media } of [...screens, paper]) {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    await page.emulateMedia({ media });
    await page.goto(url);
    const kind = media === 'print' ? 'print' : colorScheme;
    const picture = path.join(folder, `report-${width}-${kind}.png`);
    await page.screenshot({ path: picture, fullPage: true });
    const problems = media === 'print' ? [] : await pageProblems(page, url);
    console.log([picture, ...problems].join('\n  '));
    count += problems.length;
    await page.close();
  }
  return count;
}

await command(async () => {
  const { values, positionals } = parseArgs({
    options: { output: { type: 'string', short: 'o', default: '.weightfold/screenshots' } },
    allowPositionals: true,
  });
  const html = renderReport(gatherReport(positionals[0] ?? '.weightfold/runs/demo'));
  fs.mkdirSync(values.output, { recursive: true });
  const file = path.resolve(values.output, 'report.html');
  fs.writeFileSync(file, html);
  const url = pathToFileURL(file).href;
  const bytes = Buffer.byteLength(html);
  const browser = await launchChromium();
  try {
    console.log(`${bytes} bytes`);
    const ms = await measureOpening(browser, url);
    const problems = await photograph(browser, url, values.output);
    console.log(`${problems} problems`);
    return bytes <= most.bytes && ms <= most.ms && problems === 0 ? 0 : 3;
  } finally {
    await browser.close();
  }
});
