// One process of bench:fuzz: judges the cases that it is given, and tells what became of them. A case that hangs or ends this
// process is found by its parent.
import fs from 'node:fs';
import { decodeContainer } from '@weightfold/container';
import { containerCase, judgeContainer } from './container-case.js';
import { judgeCase } from './judge-case.js';
import { exhaustiveCase, randomCase } from './mutations.js';

/** A stretch of cases of one file. */
export interface Stretch {
  file: string;
  kind: 'exhaustive' | 'random' | 'container';
  seed: number;
  from: number;
  to: number;
}

export interface StretchReport {
  outcomes: Record<string, number>;
  slowestMs: number;
  faults: { index: number; what: string; fault: string; bytes: string }[];
  maxRssBytes: number;
}

export function makeCase(bytes: Uint8Array, { kind, seed }: Stretch, index: number) {
  if (kind === 'container') return containerCase(bytes, index, seed);
  return kind === 'exhaustive' ? exhaustiveCase(bytes, index, seed) : randomCase(bytes, index, seed);
}

process.on('message', (stretch: Stretch) => {
  const original = new Uint8Array(fs.readFileSync(stretch.file));
  const restored = stretch.kind === 'container' ? decodeContainer(original) : null;
  const report: StretchReport = { outcomes: {}, slowestMs: 0, faults: [], maxRssBytes: 0 };
  for (let index = stretch.from; index < stretch.to; index++) {
    const { bytes, what } = makeCase(original, stretch, index);
    const { outcome, fault, milliseconds } = restored ? judgeContainer(bytes, restored) : judgeCase(bytes);
    report.outcomes[outcome] = (report.outcomes[outcome] ?? 0) + 1;
    report.slowestMs = Math.max(report.slowestMs, milliseconds);
    if (fault !== null)
      report.faults.push({ index, what, fault, bytes: Buffer.from(bytes).toString('base64') });
  }
  report.maxRssBytes = process.resourceUsage().maxRSS * 1024;
  process.send!(report);
});
