import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { hashOfFiles, modulesIn, modulesOf } from '../modules.js';
import { type CorpusFile, containerCorpus, coverage } from './container-corpus.js';
import { Journal } from './journal.js';
import { printTotals, runStretches, stretches } from './run-stretches.js';
import { buildSanitized, runSanitized } from './sanitized.js';

export interface FuzzContainersOptions {
  /** Models to pack; the conformance vectors come beside them. */
  files: string[];
  /** Mutations for the native decoder; the TypeScript one gets a tenth. */
  count: number;
  seed: number;
  /** Where files that show a fault are written to, and the journal of what is done. */
  folder: string;
  /** Whether to go on where the journal in the folder ends. */
  resume: boolean;
  /** Processes for the TypeScript decoder. */
  processes: number;
}

/** What became of some mutations of a file in the native decoder. */
interface NativeReport {
  cases: number;
  decoded: number;
  slowestMs: number;
  largestBytes: number;
}

/** Modules that mutate and judge. */
const here = fileURLToPath(new URL('.', import.meta.url));

/** Cases between two lines of the journal. */
const nativeStretch = 2000;
const referenceStretch = 100;

/** Mutated containers in both decoders. The exit code: 1 when there is a fault. */
export async function fuzzContainers(options: FuzzContainersOptions): Promise<number> {
  const { files, count, seed, folder, resume, processes } = options;
  const packed = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-fuzz-'));
  try {
    const corpus = containerCorpus(files, packed, count);
    console.log(coverage(corpus));
    const program = buildSanitized('codecs-container');
    const containers = hashOfFiles(corpus.map(({ file }) => file));
    const judges = hashOfFiles([program, ...modulesOf('@weightfold/container'), ...modulesIn(here)]);
    const run = `${count} mutations of seed ${seed} of containers ${containers} in decoders ${judges}`;
    const journal = new Journal(path.join(folder, 'containers.jsonl'), run, resume);
    const native = await fuzzAllNative(program, corpus, seed, folder, journal);
    const list = corpus.flatMap(({ file, cases }) =>
      stretches(file, 'container', seed, Math.ceil(cases / 10), referenceStretch),
    );
    const began = performance.now();
    const totals = await runStretches(list, { folder, processes, journal });
    console.log('TypeScript decoder:');
    return native + printTotals(totals, Math.round((performance.now() - began) / 1000)) > 0 ? 1 : 0;
  } finally {
    fs.rmSync(packed, { recursive: true, force: true });
  }
}

/** All cases of the corpus, in stretches. The number of stretches with a fault. */
async function fuzzAllNative(
  program: string,
  corpus: CorpusFile[],
  seed: number,
  folder: string,
  journal: Journal,
): Promise<number> {
  const total = { cases: 0, decoded: 0, slowestMs: 0, largestBytes: 0, faults: 0 };
  const began = performance.now();
  for (const { file, from, to } of corpus.flatMap(({ file, cases }) =>
    stretches(file, 'container', seed, cases, nativeStretch),
  )) {
    const report = await journal.report(`native ${path.basename(file)} ${from} ${to}`, () =>
      runSanitized<NativeReport>(program, [`${from}`, `${to}`, `${seed}`, file]),
    );
    if (typeof report === 'string') {
      total.faults++;
      console.log(report);
      fs.copyFileSync(file, path.join(folder, path.basename(file)));
      continue;
    }
    total.cases += report.cases;
    total.decoded += report.decoded;
    total.slowestMs = Math.max(total.slowestMs, report.slowestMs);
    total.largestBytes = Math.max(total.largestBytes, report.largestBytes);
    console.error(`${path.basename(file)}, ${from} to ${to}: ${JSON.stringify(report)}`);
  }
  const seconds = Math.round((performance.now() - began) / 1000);
  const { cases, decoded, slowestMs, largestBytes, faults } = total;
  console.log('Native decoder with AddressSanitizer and UndefinedBehaviorSanitizer:');
  console.log(`${cases} cases, ${seconds} s in this process, slowest ${slowestMs.toFixed(1)} ms`);
  console.log(`most memory asked for ${Math.round(largestBytes / 2 ** 20)} MB`);
  console.log(`  decoded to the original: ${decoded}, refused: ${cases - decoded}`);
  console.log(`${faults} faults`);
  return faults;
}
