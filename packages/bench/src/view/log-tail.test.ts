import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { LogTail } from './log-tail.js';

const line = (step: number) => `${JSON.stringify({ type: 'step', step })}\n`;

it('reads each line once, when all of it is there, and a log that was begun anew from its beginning', () => {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'wf-tail-')), 'metrics.jsonl');
  const log = new LogTail(file);
  const steps = () => {
    const { restarted, lines } = log.read();
    return [restarted, ...lines.map(({ step }) => step)];
  };
  expect(steps()).toEqual([false]);
  fs.writeFileSync(file, line(1) + line(2).slice(0, 9));
  expect(steps()).toEqual([false, 1]);
  expect(steps()).toEqual([false]);
  fs.appendFileSync(file, line(2).slice(9) + line(3));
  expect(steps()).toEqual([false, 2, 3]);
  fs.writeFileSync(file, line(9));
  expect(steps()).toEqual([true, 9]);
  fs.rmSync(file);
  expect(steps()).toEqual([true]);
  fs.writeFileSync(file, line(1));
  expect(steps()).toEqual([false, 1]);
});

it('reads a character whole of which one look saw a part', () => {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'wf-tail-')), 'events.jsonl');
  const bytes = Buffer.from(`${JSON.stringify({ type: 'note', message: '12 µs' })}\n`);
  const log = new LogTail(file);
  const within = bytes.indexOf('µ') + 1;
  fs.writeFileSync(file, bytes.subarray(0, within));
  expect(log.read().lines).toEqual([]);
  fs.appendFileSync(file, bytes.subarray(within));
  expect(log.read().lines).toEqual([{ type: 'note', message: '12 µs' }]);
});
