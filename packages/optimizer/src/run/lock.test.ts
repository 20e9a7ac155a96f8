import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { scratch } from '../../test/data.js';
import { lockFolder } from './lock.js';

const lockOf = (dir: string) => path.join(dir, 'run.lock');

it('refuses a second taker, names the first, and leaves nothing behind', () => {
  const dir = scratch();
  const unlock = lockFolder(dir);
  expect(() => lockFolder(dir)).toThrow(`process ${process.pid} is working in this run folder`);
  unlock();
  lockFolder(dir)();
  expect(fs.readdirSync(dir)).toEqual([]);
});

it('is refused while another process has the folder, and taken over once that was killed', async () => {
  const dir = scratch();
  const other = spawn('sleep', ['60']);
  const stat = fs.readFileSync(`/proc/${other.pid}/stat`, 'utf8');
  const started = stat.replace(/^.*\) /, '').split(' ')[19];
  const holder = { pid: other.pid, host: os.hostname(), started };
  fs.writeFileSync(lockOf(dir), JSON.stringify(holder));
  expect(() => lockFolder(dir)).toThrow(`process ${other.pid} is working`);
  // Its number in the hands of a process that was started at another time.
  fs.writeFileSync(lockOf(dir), JSON.stringify({ ...holder, started: '1' }));
  lockFolder(dir)();
  fs.writeFileSync(lockOf(dir), JSON.stringify(holder));
  other.kill('SIGKILL');
  await new Promise((resolve) => other.on('exit', resolve));
  const notes: string[] = [];
  lockFolder(dir, (note) => notes.push(note))();
  expect(notes).toEqual([`${lockOf(dir)}: process ${other.pid} is gone; taken over`]);
  expect(fs.readdirSync(dir)).toEqual([]);
});

it('does not judge a process of another machine, and takes over a damaged lock', () => {
  const dir = scratch();
  fs.writeFileSync(lockOf(dir), JSON.stringify({ pid: 1, host: 'elsewhere.example', started: '1' }));
  expect(() => lockFolder(dir)).toThrow(/process 1 on elsewhere.example/);
  fs.writeFileSync(lockOf(dir), '');
  lockFolder(dir)();
});
