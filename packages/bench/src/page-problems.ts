import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** Names of what axe finds wrong, with the first element of each. */
export async function axeFindings(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate("axe.run({ resultTypes: ['violations'] })");
  const { violations } = found as { violations: { id: string; nodes: { html: string }[] }[] };
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html}`);
}

/** Finds words of pictures that are to be seen in part only, since they stick out of their picture by more than a pixel. */
const cutWords = `[...document.querySelectorAll('svg text')].filter((text) => {
  const [own, around] = [text.getBoundingClientRect(), text.ownerSVGElement.getBoundingClientRect()];
  const out = [around.left - own.left, own.right - around.right, around.top - own.top, own.bottom - around.bottom];
  return own.width > 0 && Math.max(...out) > 1;
}).map(({ textContent }) => textContent)`;

/**
 * Opens a page, and tells what is wrong with it at the width of its window: something sticks out, with closed details or open ones; it loads
 * anything else; there are messages on the console, or errors; of a chart, which the page has in two sizes, not one is to be seen; words of a
 * picture are cut off; axe finds something.
 */
export async function pageProblems(page: Page, url: string): Promise<string[]> {
  const problems: string[] = [];
  page.on('console', (message) => problems.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
  page.on('request', (request) => request.url() !== url && problems.push(`loads ${request.url()}`));
  await page.goto(url);
  const expectToFit = async (details: string) => {
    const { width } = page.viewportSize()!;
    const needed = (await page.evaluate('document.documentElement.scrollWidth')) as number;
    if (needed > width) problems.push(`with ${details} details it is ${needed} pixels wide, of ${width}`);
  };
  await expectToFit('closed');
  for (const [i, chart] of (await page.locator('.chart').all()).entries()) {
    const sizes = await chart.locator('svg:visible').count();
    if (sizes !== 1) problems.push(`chart ${i}: ${sizes} sizes are to be seen`);
  }
  await page.evaluate('for (const part of document.querySelectorAll("details")) part.open = true');
  await expectToFit('open');
  for (const words of (await page.evaluate(cutWords)) as string[]) problems.push(`cut off: ${words}`);
  return [...problems, ...(await axeFindings(page))];
}
