import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { compress } from '@weightfold/compressor';
import { decodeContainer } from '@weightfold/runtime-native';
import { printTotals, runStretches, stretches } from './run-stretches.js';
import { buildSanitized, runSanitized } from './sanitized.js';

export interface FuzzContainersOptions {
  /** Models to pack; the conformance vectors come beside them. */
  files: string[];
  /** Mutations for the native decoder; the TypeScript one gets a tenth. */
  count: number;
  seed: number;
  /** Where files that show a fault are written to. */
  folder: string;
}

/** What became of a file's mutations in the native decoder. */
interface NativeReport {
  cases: number;
  decoded: number;
  slowestMs: number;
  largestBytes: number;
}

const vectors = fileURLToPath(new URL('../../../../formats/container/vectors/', import.meta.url));
const levels = ['fast', 'default', 'max'] as const;

/** Mutated containers in both decoders. The exit code: 1 when there is a fault. */
export async function fuzzContainers({ files, count, seed, folder }: FuzzContainersOptions): Promise<number> {
  const packed = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-fuzz-'));
  try {
    const plan = share(packAll(files, packed), count);
    const native = await fuzzAllNative(plan, seed, folder);
    const began = performance.now();
    const list = plan.flatMap(({ file, cases }) =>
      stretches(file, 'container', seed, Math.ceil(cases / 10), 100),
    );
    const totals = await runStretches(list, folder);
    console.log('TypeScript decoder:');
    return native + printTotals(totals, Math.round((performance.now() - began) / 1000)) > 0 ? 1 : 0;
  } finally {
    fs.rmSync(packed, { recursive: true, force: true });
  }
}

function packAll(files: string[], folder: string): string[] {
  const packed = files.flatMap((file) =>
    levels.map((level) => {
      const target = path.join(folder, `${path.basename(file, '.tflite')}.${level}.wfz`);
      fs.writeFileSync(target, compress(new Uint8Array(fs.readFileSync(file)), { level }).bytes);
      return target;
    }),
  );
  const names = fs.readdirSync(vectors).filter((name) => name.endsWith('.wfz'));
  return [...names.map((name) => path.join(vectors, name)), ...packed];
}

/** Shares the cases out so that no file takes most of the time: fewer for what is decoded more slowly. */
function share(files: string[], count: number): { file: string; cases: number }[] {
  const weights = files.map((file) => 1 / (0.2 + decodeContainer(fs.readFileSync(file)).decodeMs));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return files.map((file, i) => ({ file, cases: Math.ceil((count * weights[i]!) / sum) }));
}

async function fuzzAllNative(
  plan: { file: string; cases: number }[],
  seed: number,
  folder: string,
): Promise<number> {
  const program = buildSanitized('codecs-container');
  const total = { cases: 0, decoded: 0, slowestMs: 0, largestBytes: 0, faults: 0 };
  const began = performance.now();
  for (const { file, cases } of plan) {
    const report = await runSanitized<NativeReport>(program, [`${cases}`, `${seed}`, file]);
    if (typeof report === 'string') {
      total.faults++;
      console.log(report);
      fs.mkdirSync(folder, { recursive: true });
      fs.copyFileSync(file, path.join(folder, path.basename(file)));
      continue;
    }
    total.cases += report.cases;
    total.decoded += report.decoded;
    total.slowestMs = Math.max(total.slowestMs, report.slowestMs);
    total.largestBytes = Math.max(total.largestBytes, report.largestBytes);
    console.error(`${path.basename(file)}: ${JSON.stringify(report)}`);
  }
  const seconds = Math.round((performance.now() - began) / 1000);
  const { cases, decoded, slowestMs, largestBytes, faults } = total;
  console.log('Native decoder with AddressSanitizer and UndefinedBehaviorSanitizer:');
  console.log(`${cases} cases in ${seconds} s, slowest ${slowestMs.toFixed(1)} ms`);
  console.log(`most memory asked for ${Math.round(largestBytes / 2 ** 20)} MB`);
  console.log(`  decoded to the original: ${decoded}, refused: ${cases - decoded}`);
  console.log(`${faults} files with faults`);
  return faults;
}
