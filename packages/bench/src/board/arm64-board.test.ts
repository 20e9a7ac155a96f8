import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { modelFile } from '@weightfold/test-support';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { cutPower, needingStandIn } from '../../test/stand-ins.js';
import { benchOnBoard } from './bench-board.js';
import { buildLimitMs, runnerFor } from './runner.js';
import { freePort, type StandIn, standInLimitMs, startStandIn } from './stand-in.js';

// Real ssh against a real sshd on loopback.
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-board-'));
const hello = modelFile('tflm_hello_world_int8.tflite');
const kws = modelFile('mlperf_kws01_dscnn_int8.tflite');

describe('an arm64 board without Node, under qemu', needingStandIn('arm64'), () => {
  let board: StandIn;
  let port: number;
  beforeAll(async () => {
    await runnerFor('aarch64', () => {});
    port = await freePort();
    board = await startStandIn(path.join(scratch, 'arm64'), 'arm64', port);
  }, buildLimitMs + standInLimitMs);
  afterAll(async () => {
    await board?.stop();
    fs.rmSync(scratch, { recursive: true, force: true });
  });
  beforeEach(() => void vi.stubEnv('WEIGHTFOLD_SSH_CONFIG', board.sshConfig));

  it('gives this machine’s outputs bit for bit, and its times are refused by name', async () => {
    const messages: string[] = [];
    const onProgress = (message: string) => messages.push(message);
    const more = { against: ['tflm'], soakSeconds: 1, profile: true };
    const options = { host: board.host, models: [hello, kws], stateDir: scratch, onProgress, ...more };
    const document = await benchOnBoard(options);
    expect(document.board).toMatchObject({
      arch: 'aarch64',
      bits: 64,
      node: null,
      libc: null,
      reconnects: 0,
    });
    expect(document.board!.outputs.map(({ model, equal }) => [model, equal])).toEqual([
      [hello, true],
      [kws, true],
    ]);
    expect(document.results).toEqual([]);
    const reason = expect.stringMatching(/^emulated, so its times are refused: .*x86/);
    expect(document.refused).toEqual([
      { model: hello, engine: 'weightfold', reason },
      { model: hello, engine: 'tflm', reason },
      { model: kws, engine: 'weightfold', reason },
      { model: kws, engine: 'tflm', reason },
    ]);
    expect([document.soak, document.profiles]).toEqual([undefined, undefined]);
    expect(document.trusted).toBe(false);
    expect(JSON.stringify(document)).not.toMatch(/medianUs/);
    expect(messages.filter((message) => message.includes('sending'))).toHaveLength(1);
    // What is there already is not sent again, but what was damaged is.
    await benchOnBoard(options);
    expect(messages.filter((message) => message.includes('sending'))).toHaveLength(1);
    const files = path.join(scratch, 'arm64/root/root/.cache/weightfold/files');
    fs.writeFileSync(path.join(files, fs.readdirSync(files)[0]!), 'damaged');
    await benchOnBoard(options);
    expect(messages.filter((message) => message.includes('sending 1 files'))).toHaveLength(1);
  });

  it('goes on after it lost every process and its files', async () => {
    const folder = path.join(scratch, 'arm64/root/root/.cache/weightfold');
    fs.rmSync(folder, { recursive: true, force: true });
    const messages: string[] = [];
    const onProgress = (message: string) => messages.push(message);
    const running = benchOnBoard({ host: board.host, models: [hello, kws], stateDir: scratch, onProgress });
    while (!messages.some((message) => message.includes('sending'))) await sleep(20);
    cutPower(board.pid);
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    board = await startStandIn(path.join(scratch, 'arm64'), 'arm64', port);
    const { board: told } = await running;
    expect(told!.outputs.map(({ equal }) => equal)).toEqual([true, true]);
    expect(told!.reconnects).toBeGreaterThan(0);
    expect(fs.readdirSync(path.join(folder, 'files'))).toHaveLength(5);
    expect(fs.existsSync(path.join(folder, 'lock'))).toBe(false);
  });

  it('says that the disk is full, and what to do', async () => {
    const full = benchOnBoard({ host: board.host, models: [hello], boardDir: '/small', stateDir: scratch });
    await expect(full).rejects.toMatchObject({
      code: 'BOARD_FULL',
      exitCode: 5,
      hint: expect.stringContaining('--board-dir'),
    });
  });
});
