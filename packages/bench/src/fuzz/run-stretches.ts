import { type ChildProcess, fork } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Stretch, StretchReport } from './fuzz-child.js';
import type { Journal } from './journal.js';

const child = fileURLToPath(new URL('./fuzz-child.js', import.meta.url));
/** A stretch that takes longer hangs: its cases need some seconds. */
const stretchMs = 500_000;
export const heapMegabytes = 512;

export interface RunOptions {
  /** Where files of faults are written to. */
  folder: string;
  processes: number;
  /** What is known of an earlier run, and learns what is done now. */
  journal?: Journal;
}

/** What became of all cases. */
export interface Totals {
  cases: number;
  outcomes: Record<string, number>;
  slowestMs: number;
  maxRssBytes: number;
  faults: string[];
}

/** Cases 0 to `total` of a file, `size` in each stretch. */
export function stretches(
  file: string,
  kind: Stretch['kind'],
  seed: number,
  total: number,
  size: number,
): Stretch[] {
  return Array.from({ length: Math.ceil(total / size) }, (_, i) => ({
    file,
    kind,
    seed,
    from: i * size,
    to: Math.min(total, (i + 1) * size),
  }));
}

/** Judges all cases in some processes. */
export async function runStretches(list: Stretch[], options: RunOptions): Promise<Totals> {
  const totals: Totals = { cases: 0, outcomes: {}, slowestMs: 0, maxRssBytes: 0, faults: [] };
  const all = list.reduce((sum, { from, to }) => sum + to - from, 0);
  const waiting = [...list];
  const next = () => waiting.shift();
  await Promise.all(Array.from({ length: options.processes }, () => work(next, totals, options, all)));
  return totals;
}

/** Prints what became of them; the exit code: 1 when there is a fault. */
export function printTotals(totals: Totals, seconds: number): number {
  console.log(`${totals.cases} cases in ${seconds} s, slowest ${totals.slowestMs.toFixed(1)} ms`);
  console.log(`peak resident memory ${Math.round(totals.maxRssBytes / 2 ** 20)} MB`);
  for (const [outcome, count] of Object.entries(totals.outcomes).sort((a, b) => b[1] - a[1]))
    console.log(`  ${outcome}: ${count}`);
  for (const fault of totals.faults.slice(0, 20)) console.log(fault);
  const small = totals.maxRssBytes <= heapMegabytes * 2 ** 20;
  console.log(`${totals.faults.length} faults${small ? '' : `, and more than ${heapMegabytes} MB`}`);
  return totals.faults.length === 0 && small ? 0 : 1;
}

/** One process after the other works on stretches until none is left. */
async function work(
  next: () => Stretch | undefined,
  totals: Totals,
  { folder, journal }: RunOptions,
  all: number,
): Promise<void> {
  const judge = new Judge();
  let told = performance.now();
  for (let stretch = next(); stretch; stretch = next()) {
    const { file, kind, from, to } = stretch;
    const make = () => judge.ask(stretch);
    const report = await (journal?.report(`${kind} ${path.basename(file)} ${from} ${to}`, make) ?? make());
    if (typeof report === 'string') {
      await narrow(stretch, report, totals);
    } else {
      count(totals, stretch, report, folder);
    }
    if (performance.now() - told > 60_000) {
      told = performance.now();
      console.error(`${totals.cases} of ${all} cases, ${totals.faults.length} faults`);
    }
  }
  judge.close();
}

/** A process that judges stretches; another one takes its place when it is ended. */
class Judge {
  private running: ChildProcess | null = null;

  /** What the process says to a stretch, or how it ended. */
  async ask(stretch: Stretch, limit = stretchMs): Promise<StretchReport | string> {
    this.running ??= fork(child, { execArgv: [`--max-old-space-size=${heapMegabytes}`] });
    const answer = await answerOf(this.running, stretch, limit);
    if (typeof answer === 'string') this.close();
    return answer;
  }

  close(): void {
    this.running?.kill('SIGKILL');
    this.running = null;
  }
}

function answerOf(running: ChildProcess, stretch: Stretch, limit: number): Promise<StretchReport | string> {
  return new Promise((resolve) => {
    const end = (answer: StretchReport | string) => {
      clearTimeout(timer);
      running.removeAllListeners();
      resolve(answer);
    };
    const timer = setTimeout(() => end(`did not end within ${limit / 1000} s`), limit);
    running.once('message', (report) => end(report as StretchReport));
    running.once('exit', (code, signal) => end(`ended its process with ${signal ?? `exit code ${code}`}`));
    running.send(stretch);
  });
}

/** Finds the case of a stretch that hangs or ends its process, one by one. */
async function narrow(stretch: Stretch, reason: string, totals: Totals): Promise<void> {
  for (let index = stretch.from; index < stretch.to; index++) {
    const single = { ...stretch, from: index, to: index + 1 };
    const judge = new Judge();
    const report = await judge.ask(single, 10_000);
    judge.close();
    totals.cases++;
    if (typeof report === 'string') totals.faults.push(`${name(single)}: ${report}`);
  }
  if (!totals.faults.some((fault) => fault.startsWith(stretch.file)))
    totals.faults.push(`${stretch.file}, ${stretch.kind} ${stretch.from} to ${stretch.to}: ${reason}`);
}

const name = ({ file, kind, seed, from }: Stretch) => `${file}, ${kind} case ${from} of seed ${seed}`;

function count(totals: Totals, stretch: Stretch, report: StretchReport, folder: string): void {
  totals.cases += stretch.to - stretch.from;
  totals.slowestMs = Math.max(totals.slowestMs, report.slowestMs);
  totals.maxRssBytes = Math.max(totals.maxRssBytes, report.maxRssBytes);
  for (const [outcome, n] of Object.entries(report.outcomes))
    totals.outcomes[outcome] = (totals.outcomes[outcome] ?? 0) + n;
  for (const { index, what, fault, bytes } of report.faults) {
    fs.mkdirSync(folder, { recursive: true });
    const { name: stem, ext } = path.parse(stretch.file);
    const kept = path.join(folder, `${stem}-${stretch.kind}-${stretch.seed}-${index}${ext}`);
    fs.writeFileSync(kept, Buffer.from(bytes, 'base64'));
    totals.faults.push(`${kept}: ${what}: ${fault}`);
  }
}
