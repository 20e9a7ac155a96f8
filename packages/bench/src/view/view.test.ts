import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { type Dataset, loadDataset, takeExamples } from '@weightfold/datasets';
import { optimize } from '@weightfold/optimizer';
import { data, needing } from '@weightfold/test-support';
import { expect, it, onTestFinished, vi } from 'vitest';
import { runFolder } from '../../test/run-folder.js';
import { skipBrowser as skip } from '../../test/sound-page.js';
import { launchChromium } from '../browser.js';
import { axeFindings } from '../page-problems.js';
import { startView } from './server.js';

const scratch = () => fs.mkdtempSync(path.join(os.tmpdir(), 'wf-view-'));

/** All stages of PCQAT in a few seconds. */
const config = {
  schemaVersion: 1,
  model: { name: 'ds-cnn', size: 'S', dropout: 0.1, firstDropout: 0 },
  batchSize: 20,
  recipe: 'pcqat',
  baseTraining: { epochs: 1, learningRate: 2e-3 },
  fineTuning: { epochs: 1, examples: 200, learningRate: 1e-3 },
  calibrationExamples: 100,
  momentBatches: 5,
} as const;

async function fewImages(): Promise<Dataset> {
  vi.stubEnv('WEIGHTFOLD_DATA', data);
  const dataset = await loadDataset('fashion-mnist');
  vi.unstubAllEnvs();
  return { ...dataset, train: takeExamples(dataset.train, 400), test: takeExamples(dataset.test, 100) };
}

async function opened(dir: string) {
  const view = await startView(dir);
  const chrome = await launchChromium();
  onTestFinished(async () => {
    await chrome.close();
    await view.close();
  });
  const page = await chrome.newPage({ viewport: { width: 1280, height: 900 } });
  const problems: string[] = [];
  page.on('console', (message) => problems.push(message.text()));
  page.on('pageerror', (error) => problems.push(error.message));
  await page.goto(view.url);
  return { view, page, problems };
}

it('follows a real run to its end', { skip: skip || needing('data').skip }, async () => {
  const outDir = scratch();
  let goOn = () => {};
  const gate = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  let baseDone = () => {};
  const waiting = new Promise<void>((resolve) => {
    baseDone = resolve;
  });
  const evaluate = async ({ name }: { name: string }) => {
    if (name !== 'base') return;
    baseDone();
    await gate;
  };
  const running = optimize({ config, dataset: await fewImages(), outDir, evaluate });
  await Promise.race([waiting, running]);
  const { page, problems } = await opened(outDir);
  const status = page.getByRole('status');
  const node = (name: string) => page.locator('.node', { has: page.getByText(name, { exact: true }) });
  expect(await status.innerText()).toBe(
    'Running: base is trained and being measured; 1 of 4 stages are done.',
  );
  expect(await page.locator('progress').getAttribute('value')).toBe('20');
  expect(await node('base').getAttribute('class')).toContain('done');
  expect(await node('pruned').innerText()).toContain('waiting');
  await page.locator('.chart summary').first().click();
  expect(await page.getByRole('region', { name: 'Logged loss' }).locator('tbody tr').count()).toBe(2);
  expect(await axeFindings(page)).toEqual([]);
  goOn();
  const stages = await running;
  await status.getByText('Stopped: 4 of 4 stages are done.').waitFor(); // no measurements, so no result.json
  const last = stages.at(-1)!;
  expect(await node('pcqat').innerText()).toContain(`${last.accuracyFloat!.toFixed(2)} %`);
  // Loss of 20 + 3 × 10 steps, in a table that was open and has stayed so.
  expect(await page.getByRole('region', { name: 'Logged loss' }).locator('tbody tr').count()).toBe(5);
  expect(await page.locator('.log li').first().innerText()).toContain('pcqat: done');
  expect(problems).toEqual([]);
});

it('works for a finished run, and gives its report', { skip }, async () => {
  const { page, problems } = await opened(finishedRun());
  expect(await page.getByRole('status').innerText()).toBe('Finished: all 9 stages are done.');
  await page.getByRole('link', { name: 'The report' }).click();
  await page.getByRole('heading', { name: 'Where the bytes are' }).waitFor();
  expect(problems).toEqual([]);
});

it('says so when the run folder is taken away, and goes on when a run is there again', { skip }, async () => {
  const dir = finishedRun();
  const { page } = await opened(dir);
  fs.renameSync(dir, `${dir}-away`);
  await page.getByRole('status').getByText('no such file').waitFor();
  fs.renameSync(`${dir}-away`, dir);
  await page.getByRole('status').getByText('Finished').waitFor();
});

it('tells a page that begins to listen while the folder is away', async () => {
  const dir = finishedRun();
  const { url, close } = await startView(dir);
  onTestFinished(close);
  fs.renameSync(dir, `${dir}-away`);
  const { body } = await fetch(url.replace('/?', '/events?'));
  const reader = body!.getReader();
  const { value } = await reader.read();
  expect(Buffer.from(value!).toString()).toContain('no such file');
  await reader.cancel();
});

/** What a server on this port answers. */
function answer(port: string, path_: string, host = `127.0.0.1:${port}`, address = '127.0.0.1') {
  return new Promise<{ status: number | string; headers: http.IncomingHttpHeaders }>((resolve) => {
    http
      .get({ host: address, port, path: path_, headers: { host } }, (response) => {
        resolve({ status: response.statusCode!, headers: response.headers });
        response.destroy();
      })
      .on('error', (error: NodeJS.ErrnoException) => resolve({ status: error.code!, headers: {} }));
  });
}

it('answers on the loopback interface only, to its own name and to the token only', async () => {
  const { url, close } = await startView(finishedRun());
  onTestFinished(close);
  const { hostname, port, search } = new URL(url);
  expect(hostname).toBe('127.0.0.1');
  const status = async (path_: string, host?: string, address?: string) =>
    (await answer(port, path_, host, address)).status;
  for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, 'localhost:8080', 'localhost'])
    expect(await status(`/${search}`, host)).toBe(200);
  expect(await status('/')).toBe(403);
  for (const place of ['/', '/report', '/events']) {
    expect(await status(`${place}${search.slice(0, -1)}_`)).toBe(403);
    for (const host of ['evil.example', `evil.example:${port}`, 'localhost.evil.example', '127.0.0.1.nip.io'])
      expect(await status(`${place}${search}`, host), host).toBe(403);
  }
  expect(await status(`/nothing${search}`)).toBe(404);
  const others = Object.values(os.networkInterfaces()).flatMap((list) => list ?? []);
  for (const { address } of others.filter(({ family, internal }) => family === 'IPv4' && !internal))
    expect(await status(`/${search}`, undefined, address)).toBe('ECONNREFUSED');
});

it('tells browsers with every answer to load nothing else, guess no types and pass on no address', async () => {
  const dir = finishedRun();
  const { url, close } = await startView(dir);
  onTestFinished(close);
  const { port, search } = new URL(url);
  const pages = [
    await answer(port, `/${search}`),
    await answer(port, `/report${search}`),
    await answer(port, `/events${search}`),
    await answer(port, '/'),
    await answer(port, `/${search}`, 'evil.example'),
    await answer(port, `/nothing${search}`),
  ];
  fs.rmSync(path.join(dir, 'result.json'));
  pages.push(await answer(port, `/report${search}`));
  expect(pages.map(({ status }) => status)).toEqual([200, 200, 200, 403, 403, 404, 500]);
  for (const { headers } of pages) {
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
    const policy = headers['content-security-policy'] as string;
    expect(policy).toMatch(/^default-src 'none';.*frame-ancestors 'none'$/);
    expect(policy).not.toContain('unsafe');
  }
});

it('says what is wrong with a folder without a run, and with a port that is taken', async () => {
  await expect(startView(scratch())).rejects.toMatchObject({ code: 'NO_RUN', exitCode: 2 });
  const first = await startView(finishedRun());
  onTestFinished(first.close);
  const port = Number(new URL(first.url).port);
  await expect(startView(finishedRun(), { port })).rejects.toMatchObject({ code: 'PORT_TAKEN', exitCode: 2 });
});

function finishedRun(): string {
  const dir = runFolder();
  const { provenance } = JSON.parse(fs.readFileSync(path.join(dir, 'result.json'), 'utf8'));
  fs.writeFileSync(path.join(dir, 'config.resolved.json'), JSON.stringify(provenance.config));
  const folders = fs.readdirSync(dir).filter((name) => /^\d\d-/.test(name));
  for (const folder of folders) fs.writeFileSync(path.join(dir, folder, 'model.tflite'), 'x');
  return dir;
}
