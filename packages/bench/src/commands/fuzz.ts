// bench:fuzz: hostile .tflite files. Sets each byte of small models to 00, to FF and flips a bit of it, then makes random mutations
// (flips, cuts, offsets, copies, insertions); each result must be read, inspected, lowered and written again, or be refused by a
// typed error, within a second and 512 MB. Faults are written to a folder. Exits 1 when there is one.
// Options: --models FILE,FILE (default: three of WEIGHTFOLD_DATA), --count N (random mutations, 100000), --seed N, -o DIR
import { type ChildProcess, fork } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { UsageError } from '@weightfold/base';
import type { Stretch, StretchReport } from '../fuzz/fuzz-child.js';
import { exhaustiveCount } from '../fuzz/mutations.js';
import { command } from './command.js';

const child = fileURLToPath(new URL('../fuzz/fuzz-child.js', import.meta.url));
const stretchCases = 500;
/** A stretch that takes longer hangs: 500 cases need some seconds. */
const stretchMs = 500_000;
const heapMegabytes = 512;
const processes = 2;

interface Totals {
  cases: number;
  outcomes: Record<string, number>;
  slowestMs: number;
  maxRssBytes: number;
  faults: string[];
}

await command(async () => {
  const { values } = parseArgs({
    options: {
      models: { type: 'string' },
      count: { type: 'string', default: '100000' },
      seed: { type: 'string', default: '1' },
      output: { type: 'string', short: 'o', default: 'fuzz-faults' },
    },
  });
  const files = values.models?.split(',') ?? defaultModels();
  const stretches = files.flatMap((file) =>
    plan(file, Number(values.seed), Math.ceil(Number(values.count) / files.length)),
  );
  const totals: Totals = { cases: 0, outcomes: {}, slowestMs: 0, maxRssBytes: 0, faults: [] };
  const began = performance.now();
  const next = () => stretches.shift();
  const workers = Array.from({ length: processes }, () =>
    work(next, totals, values.output, stretches.length),
  );
  await Promise.all(workers);
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(`${totals.cases} cases in ${seconds} s, slowest ${totals.slowestMs.toFixed(1)} ms`);
  console.log(`peak resident memory ${Math.round(totals.maxRssBytes / 2 ** 20)} MB`);
  for (const [outcome, count] of Object.entries(totals.outcomes).sort((a, b) => b[1] - a[1]))
    console.log(`  ${outcome}: ${count}`);
  for (const fault of totals.faults.slice(0, 20)) console.log(fault);
  const small = totals.maxRssBytes <= heapMegabytes * 2 ** 20;
  console.log(`${totals.faults.length} faults${small ? '' : ', and more than 512 MB'}`);
  return totals.faults.length === 0 && small ? 0 : 1;
});

function defaultModels(): string[] {
  const folder = process.env.WEIGHTFOLD_DATA;
  if (!folder)
    throw new UsageError('which models?', {
      expected: '--models FILE,FILE, or WEIGHTFOLD_DATA with models/',
    });
  const names = ['tflm_hello_world_int8', 'tflm_mnist_lstm_int8', 'mww_vad_v2'];
  return names.map((name) => path.join(folder, 'models', `${name}.tflite`));
}

function plan(file: string, seed: number, count: number): Stretch[] {
  const stretch = (kind: Stretch['kind'], total: number): Stretch[] =>
    Array.from({ length: Math.ceil(total / stretchCases) }, (_, i) => ({
      file,
      kind,
      seed,
      from: i * stretchCases,
      to: Math.min(total, (i + 1) * stretchCases),
    }));
  return [...stretch('exhaustive', exhaustiveCount(fs.readFileSync(file))), ...stretch('random', count)];
}

/** One process after the other works on stretches until none is left. */
async function work(
  next: () => Stretch | undefined,
  totals: Totals,
  folder: string,
  all: number,
): Promise<void> {
  let running: ChildProcess | null = null;
  for (let stretch = next(); stretch; stretch = next()) {
    running ??= fork(child, { execArgv: [`--max-old-space-size=${heapMegabytes}`] });
    const report = await ask(running, stretch);
    if (typeof report === 'string') {
      running.kill('SIGKILL');
      running = null;
      await narrow(stretch, report, totals);
    } else {
      count(totals, stretch, report, folder);
    }
    if (totals.cases % (20 * stretchCases) < stretchCases)
      console.error(`${totals.cases} cases of about ${all * stretchCases}, ${totals.faults.length} faults`);
  }
  running?.kill();
}

/** What a process says to a stretch, or how it ended. */
function ask(running: ChildProcess, stretch: Stretch, limit = stretchMs): Promise<StretchReport | string> {
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
    const running = fork(child, { execArgv: [`--max-old-space-size=${heapMegabytes}`] });
    const report = await ask(running, single, 10_000);
    running.kill('SIGKILL');
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
    const stem = path.basename(stretch.file, '.tflite');
    const kept = path.join(folder, `${stem}-${stretch.kind}-${stretch.seed}-${index}.tflite`);
    fs.writeFileSync(kept, Buffer.from(bytes, 'base64'));
    totals.faults.push(`${kept}: ${what}: ${fault}`);
  }
}
