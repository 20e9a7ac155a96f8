import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { addonFiles, isStale, loadAddonFile } from './addon-file.js';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-addon-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));
const built = addonFiles.at(-1)!;

it('takes the first addon that loads, and says what was wrong with those before it', () => {
  const [missing, damaged] = [path.join(folder, 'missing.node'), path.join(folder, 'damaged.node')];
  fs.writeFileSync(damaged, 'not an addon');
  fs.copyFileSync(`${built}.json`, `${damaged}.json`); // the stamp that says from which sources
  const { file, exports, attempts } = loadAddonFile([missing, damaged, built]);
  expect(file).toBe(built);
  expect(exports).toHaveProperty('loadPlan');
  expect(attempts).toEqual([
    { file: missing, reason: 'not there' },
    { file: damaged, reason: expect.stringMatching(/file too short|invalid ELF header/) },
  ]);
  const prebuilt = path.join(folder, 'node-napi-v8.node');
  fs.copyFileSync(built, prebuilt);
  const stale = { file: prebuilt, reason: 'built from other sources' };
  expect(loadAddonFile([prebuilt, built])).toMatchObject({ file: built, attempts: [stale] });
  expect(loadAddonFile([prebuilt])).toMatchObject({ file: prebuilt, attempts: [] });
  expect(loadAddonFile([missing, damaged])).toMatchObject({ file: null, attempts });
});

it('knows an addon that was built from other sources', () => {
  const [copy, stamp] = [path.join(folder, 'copy.node'), path.join(folder, 'copy.node.json')];
  fs.copyFileSync(built, copy);
  expect(isStale(built)).toBe(false);
  fs.writeFileSync(stamp, JSON.stringify({ sources: '0' }));
  expect(isStale(copy)).toBe(true);
});
