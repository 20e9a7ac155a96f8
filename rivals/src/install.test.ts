import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { installRivals, pins, rivalsPath } from './install.js';

let cache = '';
beforeEach(() => {
  cache = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-install-'));
  vi.stubEnv('XDG_CACHE_HOME', cache);
  vi.stubEnv('WEIGHTFOLD_PYTHON_RIVALS', '');
});
afterEach(() => vi.unstubAllEnvs());

const filesIn = (folder: string) => fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });

it('takes the folder that is given, and installs nothing then', async () => {
  vi.stubEnv('WEIGHTFOLD_PYTHON_RIVALS', '/given');
  expect([rivalsPath(), await installRivals()]).toEqual(['/given', '/given']);
  expect(filesIn(cache)).toEqual([]);
});

it('says what is needed without Python, even where one lies beside node', async () => {
  vi.stubEnv('PATH', '/nowhere');
  const messages: string[] = [];
  const error = await installRivals((message) => messages.push(message)).catch((e: unknown) => e);
  expect(error).toMatchObject({ code: 'NO_RIVALS', hint: expect.stringContaining('python3-pip') });
  expect(messages).toEqual([expect.stringContaining(pins[0]!)]);
  expect(rivalsPath()).toBeNull();
});

it('installs with the Python that runs the rivals: the first in PATH', async () => {
  const bin = path.join(cache, 'bin');
  fs.mkdirSync(bin);
  fs.writeFileSync(path.join(bin, 'python3'), '#!/bin/sh\necho "asked for $*" >&2; exit 1\n', {
    mode: 0o755,
  });
  vi.stubEnv('PATH', `${bin}${path.delimiter}${process.env.PATH}`);
  await expect(installRivals()).rejects.toThrow(`asked for -m pip install`);
});

it('passes on what pip says when it reaches no index, and leaves nothing behind', {
  skip:
    !(process.env.PATH ?? '').split(path.delimiter).some((dir) => fs.existsSync(path.join(dir, 'python3'))) &&
    !process.env.CI,
}, async () => {
  vi.stubEnv('PIP_NO_INDEX', '1');
  vi.stubEnv('PIP_FIND_LINKS', '');
  await expect(installRivals()).rejects.toThrow(/cannot be installed: .*ai-edge-litert/s);
  expect(rivalsPath()).toBeNull();
  expect(filesIn(cache).filter((name) => name.includes('python-rivals'))).toEqual([]);
});
