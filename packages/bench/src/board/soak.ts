import { z } from 'zod';
import { cpuNumbers, machineState } from '../context/machine.js';
import type { MachineFiles } from '../context/machine-files.js';
import type { Soak } from '../measure/schema.js';
import { driftOf, quantilesOf, windowsFor } from '../measure/soak.js';
import { unexpected } from './answers.js';
import { type Connection, quoted } from './connection.js';
import type { BoardLock } from './lock.js';

const count = z.number().int().nonnegative();
const windowSchema = z.object({
  endNs: count,
  samples: count,
  maxNs: count,
  rssBytes: count,
  kept: z.array(count).min(1),
});

/** What tells how fast and how hot a board is. */
const watchedFiles = /scaling_cur_freq$|thermal_zone\d+\/temp$/;

/**
 * Runs a model on a board without a pause, in one process of weightfold-runner; a lost connection begins it anew. The board's shell
 * passes on what it prints, touches the lock, and looks at frequency and temperature at the end of each window.
 * @param command `weightfold-runner soak` with its files
 * @param files of the board, as they were read before
 */
export async function soakOnBoard(
  connection: Connection,
  lock: BoardLock,
  command: string,
  files: MachineFiles,
  { seconds, batch, pinned }: { seconds: number; batch: number; pinned: number[] | null },
  onPart: (part: number) => void,
): Promise<Pick<Soak, 'seconds' | 'windows' | 'drift'>> {
  const ms = Math.round(seconds * 1000);
  const flags = `--ms ${ms} --windows ${windowsFor(seconds)} --batch ${batch}`;
  const looked = [...files.keys()].filter((name) => watchedFiles.test(name));
  const look = looked.length === 0 ? '' : `grep -H . ${looked.join(' ')} 2>/dev/null; `;
  const relay = `while IFS= read -r line; do ${lock.touch}printf '%s\\n' "$line"; ${look}done`;
  const { stdout, stderr } = await connection.run(`sh -c ${quoted(`${command} ${flags} | ${relay}`)}`, {
    onOutput: (text) => {
      const ended = [...text.matchAll(/"endNs": (\d+),/g)].at(-1)?.[1];
      if (ended !== undefined) onPart(Math.min(1, Number(ended) / 1e6 / ms));
    },
  });
  const cpus = pinned ?? cpuNumbers(files);
  const windows = parseWindows(stdout.toString(), batch, cpus, connection.host, stderr);
  if (windows.at(-1)!.seconds < 0.999 * seconds)
    throw unexpected(connection.host, `a soak of ${seconds} s`, `one that ended early: ${stderr.trim()}`);
  return { seconds, windows, drift: driftOf(windows) };
}

/** A line of JSON for each window, and below it `file:text` of what was looked at at its end. */
export function parseWindows(
  text: string,
  batch: number,
  cpus: readonly number[],
  host: string,
  stderr = '',
): Soak['windows'] {
  const windows = text.split(/^(?=\{)/m).filter((part) => part.startsWith('{'));
  if (windows.length === 0) throw unexpected(host, "the runner's windows", text || stderr.trim());
  return windows.map((part) => {
    const [line, ...looked] = part.trimEnd().split('\n');
    const files = new Map(looked.map((found) => [before(found, ':'), after(found, ':')]));
    const { frequencyMHz, temperatureC } = machineState(files, cpus);
    const { endNs, samples, maxNs, rssBytes, kept } = parsed(line!, host);
    const quantiles = quantilesOf(kept.map((ns) => ns / batch));
    return {
      seconds: endNs / 1e9,
      runs: samples * batch,
      ...quantiles,
      maxUs: maxNs / batch / 1000,
      frequencyMHz,
      temperatureC,
      rssBytes: rssBytes || null,
    };
  });
}

const before = (text: string, mark: string) => text.slice(0, text.indexOf(mark));
const after = (text: string, mark: string) => text.slice(text.indexOf(mark) + 1);

function parsed(line: string, host: string): z.infer<typeof windowSchema> {
  try {
    return windowSchema.parse(JSON.parse(line));
  } catch (cause) {
    throw unexpected(host, "the runner's windows", line, cause);
  }
}
