// npm run bench:unpack -- FOLDER|FILE …: how fast .wfz files of each level are decoded natively on one thread and on two, and by the
// TypeScript decoder, beside zstd 19 and brotli 11: memory to memory, in alternation, medians, MB/s of restored bytes.
// Options: --levels fast,default,max, --record
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Level } from '@weightfold/compressor';
import { installZstd } from '@weightfold/rivals';
import { recordBaselines } from '../baselines.js';
import { benchUnpack, type UnpackRow } from '../measure/bench-unpack.js';
import { command } from './command.js';
import { modelFiles } from './model-files.js';

function print(model: string, rows: UnpackRow[]): void {
  for (const { unpacker, codedBytes, medianMs, megabytesPerSecond, versus } of rows) {
    const ratios = versus.map(({ unpacker: rival, ratio, ci95: [low, high] }) => {
      return `${ratio.toFixed(2)} × ${rival} [${low.toFixed(2)}, ${high.toFixed(2)}]`;
    });
    const figures = [`${medianMs.toFixed(3)} ms`, `${megabytesPerSecond.toFixed(1)} MB/s`, ...ratios];
    console.log([model, unpacker, codedBytes || '–', ...figures].join('\t'));
  }
}

await command(async () => {
  const { values: flags, positionals } = parseArgs({
    allowPositionals: true,
    options: { levels: { type: 'string', default: 'fast,default,max' }, record: { type: 'boolean' } },
  });
  const files = positionals.flatMap(modelFiles);
  const levels = flags.levels.split(',') as Level[];
  if (files.length === 0) {
    console.error('expected folders or files: npm run bench:unpack -- MODEL.tflite');
    return 2;
  }
  const zstdPath = await installZstd((message) => console.error(message));
  const cpu = os.cpus()[0]?.model.trim() ?? 'unknown';
  const recorded: Record<string, string | number>[] = [];
  for (const file of files) {
    const model = path.basename(file, '.tflite');
    const rows = await benchUnpack(file, levels, zstdPath);
    print(model, rows);
    for (const { unpacker, codedBytes, medianMs, megabytesPerSecond, versus } of rows) {
      const ratios = Object.fromEntries(
        versus.map(({ unpacker: rival, ratio }) => [
          rival.includes('-') ? `times ${rival}` : 'times one thread',
          ratio.toFixed(3),
        ]),
      );
      recorded.push({
        model,
        unpacker,
        codedBytes,
        ms: medianMs.toFixed(4),
        megabytesPerSecond: megabytesPerSecond.toFixed(1),
        ...ratios,
        cpu,
      });
    }
  }
  if (flags.record)
    console.error(`recorded in ${recordBaselines('unpack', ['model', 'unpacker', 'cpu'], recorded)}`);
  return 0;
});
