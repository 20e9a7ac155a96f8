// npm run report:screenshots -- [RUN_DIR] [-o DIR]: the report of a run (the demo's, if none is named) in Chromium on a phone,
// a laptop and a large screen, light and dark, and on paper, as PNG; prints the bytes of the page and how long it takes to open, and exits 3
// when these are above 1 MB or 1 s.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { launchChromium, openingMs, pageWidths } from '../browser.js';
import { gatherReport } from '../report/gather.js';
import { renderReport } from '../report/report.js';
import { median } from '../statistics.js';
import { command } from './command.js';

const most = { bytes: 1e6, ms: 1000 };
const openings = 5;
/** Pixels of A4 between margins of 10 mm. */
const paperWidth = 718;

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
  const browser = await launchChromium();
  try {
    const times: number[] = [];
    for (let i = 0; i < openings; i++) {
      const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
      times.push(await openingMs(page, url));
      await page.close();
    }
    const screens = pageWidths.flatMap((width) =>
      (['light', 'dark'] as const).map((colorScheme) => ({ width, colorScheme, media: 'screen' as const })),
    );
    const paper = { width: paperWidth, colorScheme: 'dark', media: 'print' } as const;
    for (const { width, colorScheme, media } of [...screens, paper]) {
      const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
      await page.emulateMedia({ media });
      await page.goto(url);
      const kind = media === 'print' ? 'print' : colorScheme;
      const picture = path.join(values.output, `report-${width}-${kind}.png`);
      await page.screenshot({ path: picture, fullPage: true });
      console.log(picture);
      await page.close();
    }
    const [bytes, ms] = [Buffer.byteLength(html), median(times)];
    console.log(`${bytes} bytes, opens in ${ms.toFixed(0)} ms (median of ${openings})`);
    return bytes <= most.bytes && ms <= most.ms ? 0 : 3;
  } finally {
    await browser.close();
  }
});
