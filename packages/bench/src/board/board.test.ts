import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { rivalsPath } from '@weightfold/rivals';
import { Model } from '@weightfold/runtime-native';
import { modelFile, needing } from '@weightfold/test-support';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectionsOf, cutPower, needingStandIn } from '../../test/stand-ins.js';
import type { BenchRow, Soak } from '../measure/schema.js';
import { benchOnBoard } from './bench-board.js';
import { Connection } from './connection.js';
import { BoardLock } from './lock.js';
import { buildLimitMs, runnerFor } from './runner.js';
import { freePort, type StandIn, standInLimitMs, startStandIn } from './stand-in.js';

// Real ssh against a real sshd on loopback.
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-board-'));
const hello = modelFile('tflm_hello_world_int8.tflite');
const kws = modelFile('mlperf_kws01_dscnn_int8.tflite');

describe('a board that is this machine behind ssh', needingStandIn('plain'), () => {
  let board: StandIn;
  let port: number;
  const boardDir = path.join(scratch, 'on-board');
  const stateDir = path.join(scratch, 'state');
  beforeAll(async () => {
    await runnerFor(os.machine(), () => {});
    port = await freePort();
    board = await startStandIn(path.join(scratch, 'plain'), 'plain', port);
  }, buildLimitMs + standInLimitMs);
  afterAll(async () => {
    await board?.stop();
    fs.rmSync(scratch, { recursive: true, force: true });
  });
  beforeEach(() => void vi.stubEnv('WEIGHTFOLD_SSH_CONFIG', board.sshConfig));
  const options = () => ({
    host: board.host,
    models: [hello, kws],
    threads: 2,
    runs: 80,
    pin: [0],
    boardDir,
    stateDir,
  });

  it('is measured as any other, with its own circumstances', async () => {
    const { results, samples, context, board: told } = await benchOnBoard(options());
    expect(results.map(({ model }) => model)).toEqual([hello, kws]);
    for (const row of results) {
      expect(row).toMatchObject({ threads: 2, engine: expect.stringMatching(/^weightfold-/) });
      expect(row.runs).toBeGreaterThanOrEqual(80);
      expect(row.medianUs).toBeGreaterThan(0);
      expect(row.peakRssBytes).toBeGreaterThan(100_000);
    }
    expect(samples[0]!.rounds).toHaveLength(40);
    expect(context.othersCpus).toBeGreaterThanOrEqual(0);
    expect(context.othersCpus).toBeLessThanOrEqual(1);
    expect(context).toMatchObject({ host: os.hostname(), arch: os.machine(), emulated: null, pinned: [0] });
    expect(told).toMatchObject({ host: 'stand-in', reconnects: 0 });
    expect(fs.readdirSync(stateDir)).toEqual([]);
    expect(fs.existsSync(path.join(boardDir, 'lock'))).toBe(false);
  });

  it('tells what each op takes, and soaks in one process without a pause', async () => {
    const parts: number[] = [];
    const { soak, profiles } = await benchOnBoard({
      ...options(),
      models: [kws],
      profile: true,
      soakSeconds: 3,
      onSoak: (_, part) => parts.push(part),
    });
    expect(soak).toMatchObject([{ model: kws, seconds: 3, engine: expect.stringMatching(/^weightfold-/) }]);
    const [{ windows }] = soak as [Soak];
    expect(windows.map(({ seconds }) => Math.floor(seconds))).toEqual([1, 2, 3]);
    for (const { runs, medianUs, maxUs } of windows) {
      expect(runs).toBeGreaterThan(100);
      expect(maxUs).toBeGreaterThanOrEqual(medianUs);
    }
    expect(parts.at(-1)).toBe(1);
    const model = Model.load(kws);
    const [profile] = profiles!;
    expect(profile).toMatchObject({ model: kws, threads: 2, memory: { live: model.liveBytes } });
    expect(profile!.ops.map(({ output }) => output)).toEqual(model.profile(1).map(({ output }) => output));
    model.dispose();
  });

  it('names rivals that it lacks, and what to install there', async () => {
    const against = ['litert', 'tflm', 'ort', 'litert-noamx'];
    const { results, absent } = await benchOnBoard({ ...options(), models: [hello], against, runs: 10 });
    expect(results).toHaveLength(1);
    expect(absent.map(({ engine, reason }) => [engine, reason])).toEqual([
      ['litert', expect.stringMatching(/pip install --target .*on-board\/python ai-edge-litert==/)],
      ['tflm', expect.stringMatching(/pip install --target .* tflite-micro==/)],
      ['ort', expect.stringContaining('is not measured on boards')],
      ['litert-noamx', expect.stringContaining('is not measured on boards')],
    ]);
  });

  it(
    'measures a rival with the Python that it has, but not on a model that it refuses',
    needing('python'),
    async () => {
      fs.mkdirSync(boardDir, { recursive: true });
      fs.symlinkSync(rivalsPath()!, path.join(boardDir, 'python'));
      const person = modelFile('tflm_person_detect_int8.tflite');
      const job = { ...options(), models: [hello, person], against: ['litert'], runs: 10 };
      const { results, ratios, samples, refused } = await benchOnBoard(job);
      const ours = results[0]!.engine;
      expect(results.map(({ model, engine }) => [model, engine])).toEqual([
        [hello, ours],
        [hello, 'litert'],
        [person, ours],
      ]);
      expect(results[1]!.version).toMatch(/^2\./);
      for (const row of results) {
        expect(row.medianUs).toBeGreaterThan(0);
        expect(row.firstUs).toBeGreaterThan(0);
        expect(row.peakRssBytes).toBeGreaterThan(100_000);
      }
      expect(samples.map(({ rounds }) => rounds.length)).toEqual([10, 10, 10]);
      expect(ratios.map(({ model, engine, versus }) => [model, engine, versus])).toEqual([
        [hello, ours, 'litert'],
      ]);
      expect(refused).toEqual([
        { model: person, engine: 'litert', reason: expect.stringMatching(/^litert: .+/) },
      ]);
    },
  );

  it('goes on after the connection was killed and the board lost its files, without measuring anything twice', async () => {
    const messages: string[] = [];
    const job = { ...options(), onProgress: (message: string) => messages.push(message) };
    const running = benchOnBoard(job);
    while (journaled(stateDir) < 6) await sleep(20);
    fs.rmSync(path.join(boardDir, 'files'), { recursive: true, force: true });
    for (const pid of connectionsOf(board)) process.kill(pid, 'SIGKILL');
    const { results, board: told } = await running;
    expect(results.map(samplesOf)).toEqual([40, 80]);
    expect(told!.reconnects).toBeGreaterThan(0);
    expect(messages.join('\n')).toMatch(/the connection was lost[\s\S]*connected again/);
  });

  // As a start anew looks from here: nobody answers for a while, no process is left, and neither is what lay in a folder like /tmp.
  it('goes on after the board lost every process, its files and the lock, and was away', async () => {
    const messages: string[] = [];
    const running = benchOnBoard({
      ...options(),
      soakSeconds: 2,
      profile: true,
      onProgress: (message: string) => messages.push(message),
    });
    while (journaled(stateDir) < 6) await sleep(20);
    cutPower(board.pid);
    fs.rmSync(boardDir, { recursive: true, maxRetries: 5 });
    while (!messages.some((message) => message.includes('the connection was lost'))) await sleep(20);
    board = await startStandIn(path.join(scratch, 'plain'), 'plain', port);
    while (!messages.some((message) => message.includes('connected again'))) await sleep(20);
    while (!fs.existsSync(path.join(boardDir, 'lock/owner'))) await sleep(5);
    await expect(benchOnBoard(options())).rejects.toMatchObject({ code: 'BOARD_BUSY' });
    const { results, soak, profiles, board: told } = await running;
    expect(results.map(samplesOf)).toEqual([40, 80]);
    expect([soak!.length, profiles!.length]).toEqual([2, 2]);
    expect(told!.reconnects).toBeGreaterThan(0);
    expect(messages.filter((message) => message.includes('sending')).length).toBeGreaterThan(1);
  });

  it('goes on where a killed process stopped', { timeout: buildLimitMs }, async () => {
    const cli = new URL('../../../../apps/cli/bin/weightfold.mjs', import.meta.url).pathname;
    const words = [
      cli,
      'bench',
      hello,
      kws,
      '--runs',
      '20',
      '--host',
      board.host,
      '--board-dir',
      boardDir,
      '--json',
    ];
    const cwd = path.join(scratch, 'cwd');
    fs.mkdirSync(cwd);
    const journals = path.join(cwd, '.weightfold/boards');
    const killed = spawn(process.execPath, words, { cwd, stdio: 'ignore' });
    while (journaled(journals) < 6) await sleep(20);
    killed.kill('SIGKILL');
    // Nothing of it stays: its connection ends with it.
    while (connectionsOf(board).length > 0) await sleep(20);
    const before = journaled(journals);
    const again = spawn(process.execPath, words, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 240_000,
    });
    const [stdout, stderr] = await Promise.all([again.stdout.toArray(), again.stderr.toArray()]);
    const found = /going on after (\d+) measurements/.exec(Buffer.concat(stderr).toString());
    expect(Number(found?.[1])).toBeGreaterThanOrEqual(before);
    const document = JSON.parse(Buffer.concat(stdout).toString());
    expect(document.results.map(samplesOf)).toEqual([20, 20]);
    expect(document.board.outputs).toHaveLength(2);
  });

  it('is measured by one at a time', async () => {
    const connection = await Connection.open(board.host, 1, () => {});
    try {
      const lock = await BoardLock.take(connection, boardDir);
      await expect(benchOnBoard(options())).rejects.toMatchObject({
        code: 'BOARD_BUSY',
        message: expect.stringContaining(`process ${process.pid} of ${os.hostname()}`),
      });
      await lock.release();
      // Locks of a dead process, and of the time before a restart, are taken over.
      for (const left of [{ pid: 2 ** 30 }, { host: 'elsewhere', bootId: 'before' }]) {
        fs.mkdirSync(path.join(boardDir, 'lock'));
        const owner = { token: 'x', host: os.hostname(), pid: process.pid, bootId: bootId(), ...left };
        fs.writeFileSync(path.join(boardDir, 'lock/owner'), JSON.stringify(owner));
        await (await BoardLock.take(connection, boardDir)).release();
      }
    } finally {
      connection.close();
    }
  });

  it('is locked again after a restart, unless another was faster', async () => {
    const connection = await Connection.open(board.host, 10, () => {});
    const file = path.join(boardDir, 'lock/owner');
    const loseConnection = () => connectionsOf(board).forEach((pid) => process.kill(pid, 'SIGKILL'));
    try {
      const lock = await BoardLock.take(connection, boardDir);
      const owner = JSON.parse(fs.readFileSync(file, 'utf8'));
      // A lock from before the start is made anew, one that was lost, too: in both cases others find one of now.
      for (const left of [JSON.stringify({ ...owner, bootId: 'before' }), null]) {
        if (left === null) fs.rmSync(path.dirname(file), { recursive: true });
        else fs.writeFileSync(file, left);
        loseConnection();
        await connection.output('echo alive', 'looking');
        expect(JSON.parse(fs.readFileSync(file, 'utf8'))).toEqual(owner);
      }
      fs.writeFileSync(file, JSON.stringify({ ...owner, token: 'x', host: 'elsewhere' }));
      loseConnection();
      await expect(connection.run('echo alive')).rejects.toMatchObject({
        code: 'BOARD_BUSY',
        message: expect.stringContaining('of elsewhere'),
      });
      await lock.release(); // only its own
      expect(JSON.parse(fs.readFileSync(file, 'utf8')).host).toBe('elsewhere');
    } finally {
      connection.close();
      fs.rmSync(path.dirname(file), { recursive: true, force: true });
    }
  });

  it('gives up when the lock cannot be looked at after any loss', async () => {
    const connection = await Connection.open(board.host, 10, () => {});
    connection.onReconnect = async () => void (await connection.run('exit 255'));
    try {
      await expect(connection.run('exit 255')).rejects.toMatchObject({ code: 'LOST' });
      expect(connection.reconnects).toBe(4);
    } finally {
      connection.close();
    }
  });

  it('takes over a lock whose owner was never written, once it is old', async () => {
    const connection = await Connection.open(board.host, 1, () => {});
    const lock = path.join(boardDir, 'lock');
    fs.mkdirSync(lock, { recursive: true });
    try {
      await expect(BoardLock.take(connection, boardDir)).rejects.toMatchObject({
        code: 'BOARD_BUSY',
        message: expect.stringMatching(/unknown, seen \d+ s ago/),
      });
      fs.utimesSync(lock, 1, 1);
      await (await BoardLock.take(connection, boardDir)).release();
    } finally {
      connection.close();
    }
  });

  it('gives up a command that loses the connection each time', async () => {
    const connection = await Connection.open(board.host, 10, () => {});
    try {
      // 255 is what ssh itself ends with when there is no connection.
      await expect(connection.run('exit 255')).rejects.toMatchObject({ code: 'LOST', exitCode: 5 });
      expect(connection.reconnects).toBe(4);
      expect(await connection.output('echo alive', 'looking')).toBe('alive\n');
    } finally {
      connection.close();
    }
  });

  it('is used the same under settings of ~/.ssh/config that change sessions, and leaves no connection behind', async () => {
    const config = path.join(scratch, 'session_config');
    const settings = ['ControlPersist yes', 'RequestTTY force', 'RemoteCommand cat /etc/hostname'];
    fs.writeFileSync(config, `${settings.join('\n')}\n${fs.readFileSync(board.sshConfig, 'utf8')}`);
    vi.stubEnv('WEIGHTFOLD_SSH_CONFIG', config);
    const connection = await Connection.open(board.host, 1, () => {});
    expect(await connection.output('echo one; echo two', 'talking')).toBe('one\ntwo\n');
    connection.close();
    while (connectionsOf(board).length > 0) await sleep(20);
  });

  it('is refused when its key is another, or unknown, or when nothing answers', async () => {
    const known = path.join(scratch, 'plain/known_hosts');
    const right = fs.readFileSync(known, 'utf8');
    const wrong = fs.readFileSync(path.join(scratch, 'plain/user_key.pub'), 'utf8').split(' ')[1]!;
    fs.writeFileSync(known, right.replace(/AAAA\S+/, wrong));
    await expect(benchOnBoard(options())).rejects.toMatchObject({
      code: 'HOST_KEY',
      exitCode: 5,
      hint: expect.stringContaining('ssh-keygen -R'),
    });
    fs.writeFileSync(known, '');
    await expect(benchOnBoard(options())).rejects.toMatchObject({ code: 'HOST_KEY' });
    fs.writeFileSync(known, right);
    const port = await freePort();
    const nobody = benchOnBoard({ ...options(), host: `${board.host}:${port}` });
    const hint = expect.stringContaining(`ssh -p ${port} ${board.host}`);
    await expect(nobody).rejects.toMatchObject({ code: 'UNREACHABLE', exitCode: 5, hint });
    for (const host of ['-oProxyCommand=x', '-l@x', '-v', 'a b', 'x\n', "x';ls", ''])
      await expect(benchOnBoard({ ...options(), host })).rejects.toMatchObject({ exitCode: 2 });
  });
});

/** 80 runs in 40 rounds: two samples a round, or one of many runs where one is too short for the clock. */
const samplesOf = ({ runs, runsPerSample }: BenchRow) => runs / runsPerSample;

const bootId = () => fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

/** Measurements in the journals of a folder. */
function journaled(folder: string): number {
  if (!fs.existsSync(folder)) return 0;
  const texts = fs.readdirSync(folder).map((name) => fs.readFileSync(path.join(folder, name), 'utf8'));
  return texts.join('').split('\n').length - 1;
}
