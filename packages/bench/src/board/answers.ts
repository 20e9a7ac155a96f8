import { z } from 'zod';
import { type CpuTime, cpuTimeBetween } from '../context/cpu-time.js';
import { quoted } from './connection.js';
import { BoardError } from './errors.js';

const count = z.number().int().nonnegative();
const answerSchema = z.object({
  isa: z.string(),
  loadNs: count,
  firstNs: count,
  peakRssBytes: count,
  arenaBytes: count,
  rounds: z.array(z.array(count).min(1)).min(1),
  cpuNs: count,
});

/** What one call of an engine on a board gives. */
export interface Answer {
  /** `weightfold-ISA`, or the name of a rival. */
  engine: string;
  version: string | null;
  loadNs: number;
  firstNs: number;
  peakRssBytes: number;
  arenaBytes: number | null;
  /** Nanoseconds of a run in each sample, by round. */
  rounds: number[][];
  /** CPU time of its process. */
  cpuNs: number;
}

/** What does not fit into what a board should have printed. */
export function unexpected(host: string, expected: string, text: string, cause?: unknown): BoardError {
  return new BoardError(`${host}: expected ${expected} but received ${text.slice(0, 80)}`, {
    code: 'BOARD_FAILED',
    where: host,
    cause,
  });
}

/** What `weightfold-runner bench` prints, with `batch` runs in each sample. @throws BoardError when the text is something else */
export function parseAnswer(text: string, batch: number, host: string): Answer {
  try {
    const { isa, ...answer } = answerSchema.parse(JSON.parse(text));
    const rounds = answer.rounds.map((round) => round.map((ns) => ns / batch));
    return { ...answer, engine: `weightfold-${isa}`, version: null, rounds };
  } catch (cause) {
    throw unexpected(host, "the runner's samples", text, cause);
  }
}

/** What a board's CPUs did while a command ran, and for how many seconds; null where it does not tell. */
export type Span = (CpuTime & { seconds: number }) | null;

const mark = '==weightfold==';
const reading = "cat /proc/uptime; grep '^cpu[0-9]' /proc/stat";

/** A command line that runs another in a POSIX shell, between two looks at what the CPUs have done. */
export function watched(command: string): string {
  const look = `{ ${reading}; } 2>/dev/null`;
  const script = `${look}; echo ${mark}; ${command}; code=$?; echo ${mark}; ${look}; exit $code`;
  return `sh -c ${quoted(script)}`;
}

/** What such a command line printed: the command's own output, and what these CPUs did meanwhile. */
export function parseWatched(text: string, cpus: readonly number[]): { output: string; span: Span } {
  const [before = '', output = '', after = ''] = text.split(`${mark}\n`);
  const spent = cpuTimeBetween(before, after, cpus);
  const seconds = Number.parseFloat(after) - Number.parseFloat(before);
  return { output, span: spent && seconds > 0 ? { ...spent, seconds } : null };
}
