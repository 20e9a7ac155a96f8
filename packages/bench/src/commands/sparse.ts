// npm run bench:sparse -- FILE …: what blocks of zeros gain in our runtime: models with int8 weights as they are, and with blocks of their
// pointwise convolutions made zero, those of smallest magnitude, in alternation and in one process. The output is a table for docs/results.md.
// Options: --pattern RxC (4x16), --zeros LIST of percent (50,75,90), --runs N (400), --threads N (1)
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { parsePattern, type SparsityPattern } from '@weightfold/container';
import { loadCopies, timedModels } from '../measure/engines.js';
import { setInputs } from '../measure/inputs.js';
import { interleave } from '../measure/interleave.js';
import { asTflite } from '../source.js';
import { skippingLayers } from '../sparse/skipping-layers.js';
import { withZeroBlocks } from '../sparse/zero-blocks.js';
import { flatten, median, pairedRatio } from '../statistics.js';
import { command, notExpected, wholeNumber } from './command.js';
import { modelFiles } from './model-files.js';

function patternOf(text: string): SparsityPattern {
  const pattern = parsePattern(text);
  if (pattern?.type === 'block') return pattern;
  throw notExpected('pattern', 'blocks, as 4x16', text);
}

function percents(text: string): number[] {
  const zeros = text.split(',').map((percent) => wholeNumber('zeros', percent));
  if (zeros.every((percent) => percent <= 100)) return zeros;
  throw notExpected('zeros', 'percents', text);
}

const line = (cells: string[]) => console.log(`| ${cells.join(' | ')} |`);

interface Settings {
  pattern: SparsityPattern;
  zeros: number[];
  runs: number;
  threads: number;
}

/** A row for each part of zeros: all variants of a model, the dense one first, take turns. */
async function measure(file: string, { pattern, zeros, runs, threads }: Settings): Promise<void> {
  const bytes = asTflite(new Uint8Array(fs.readFileSync(file)));
  const variants = [bytes, ...zeros.map((percent) => withZeroBlocks(bytes, pattern, percent / 100))];
  const copies = variants.map((variant) =>
    loadCopies(variant, threads, (model) => setInputs(model, undefined)),
  );
  const samples = await interleave(copies.map(timedModels), { runs });
  const [dense] = samples;
  for (const [i, percent] of zeros.entries()) {
    const { rounds } = samples[i + 1]!;
    const { ratio, ci95 } = pairedRatio(rounds, dense!.rounds);
    const layers = skippingLayers(copies[0]![0]!, copies[i + 1]![0]!);
    line([
      path.basename(file, '.tflite'),
      `${percent} %`,
      ...[dense!.rounds, rounds].map((all) => (median(flatten(all)) / 1000).toFixed(1)),
      `${ratio.toFixed(2)} [${ci95.map((x) => x.toFixed(2)).join(', ')}]`,
      `${layers.skipping} of ${layers.convolutions}`,
      layers.ratio?.toFixed(2) ?? '–',
    ]);
  }
  for (const model of copies.flat()) model.dispose();
}

await command(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      pattern: { type: 'string', default: '4x16' },
      zeros: { type: 'string', default: '50,75,90' },
      runs: { type: 'string', default: '400' },
      threads: { type: 'string', default: '1' },
    },
  });
  const settings = {
    pattern: patternOf(values.pattern),
    zeros: percents(values.zeros),
    runs: wholeNumber('runs', values.runs),
    threads: wholeNumber('threads', values.threads),
  };
  const files = positionals.flatMap(modelFiles);
  if (files.length === 0) {
    console.error('expected models with int8 weights: npm run bench:sparse -- MODEL.tflite --zeros 50,75');
    return 2;
  }
  console.error(
    `load of the machine before: ${os
      .loadavg()
      .map((load) => load.toFixed(1))
      .join(', ')}`,
  );
  const heads = [
    'model',
    `zeros (${values.pattern})`,
    'dense µs',
    'µs',
    'times as fast',
    'layers that skip',
    'these alone',
  ];
  line(heads);
  line(heads.map(() => '---'));
  for (const file of files) await measure(file, settings);
  return 0;
});
