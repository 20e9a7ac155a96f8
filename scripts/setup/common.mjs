import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** A set-up step that cannot go on; `remedy` is the exact command that mends it. */
export class SetupError extends Error {
  constructor(message, remedy) {
    super(message);
    this.remedy = remedy;
  }
}

export const secondsSince = (time) => `${((Date.now() - time) / 1000).toFixed(1)} s`;

/** Same rule as `cacheDir` of @weightfold/base, which is not built yet when set-up runs. */
export const cacheDir = () =>
  path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'weightfold');

/** True when the command exists and answers to the arguments with exit code 0. */
export function answers(command, args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

/**
 * Runs a command with its output on our standard error; throws a SetupError that shows the command.
 * @param quiet shows the output only when the command fails, or with -v
 */
export function run(command, args, { quiet = false } = {}) {
  const held = quiet && !process.argv.includes('-v');
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', ...(held ? ['pipe', 'pipe'] : [2, 2])],
    });
    const output = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => output.push(data));
    child.on('error', (error) => reject(new SetupError(`cannot start ${command}: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (code === 0) return resolve();
      process.stderr.write(Buffer.concat(output));
      reject(new SetupError(`${command} ${args.join(' ')} ended with ${signal ?? `exit code ${code}`}`));
    });
  });
}

/** SHA-256 of a file as hexadecimal digits, read in pieces. */
export function hashFile(file) {
  const hash = createHash('sha256');
  const handle = fs.openSync(file, 'r');
  const piece = Buffer.alloc(1 << 22);
  try {
    for (let n = fs.readSync(handle, piece); n > 0; n = fs.readSync(handle, piece))
      hash.update(piece.subarray(0, n));
  } finally {
    fs.closeSync(handle);
  }
  return hash.digest('hex');
}
