// npm run bench:size -- FOLDER|FILE …: our container beside zip, xz -9e, brotli 11 and zstd --ultra -22, for every .tflite.
// Exits 1 when a file does not come back byte for byte. Options: --level fast|default|max, --record
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { compress, decompress, type Level, zipBytes } from '@weightfold/compressor';
import { recordBaselines } from '../baselines.js';
import { brotliBytes, xzBytes, zstdBytes } from '../pipeline/sizes.js';
import { command } from './command.js';
import { modelFiles } from './model-files.js';

const rivalNames = ['zip', 'xz', 'brotli', 'zstd'] as const;

async function rivalSizes(data: Uint8Array): Promise<(number | null)[]> {
  return [zipBytes(data), await xzBytes(data), brotliBytes(data), await zstdBytes(data)];
}

await command(async () => {
  const { values: flags, positionals } = parseArgs({
    allowPositionals: true,
    options: { level: { type: 'string', default: 'default' }, record: { type: 'boolean' } },
  });
  const files = positionals.flatMap(modelFiles);
  if (files.length === 0) {
    console.error('expected folders or files: npm run bench:size -- MODELS_FOLDER');
    return 2;
  }
  const rows: Record<string, string | number>[] = [];
  let wrong = 0;
  console.log(['file', 'bytes', ...rivalNames, 'wfz', 'wfz / best rival'].join('\t'));
  for (const file of files) {
    const data = new Uint8Array(fs.readFileSync(file));
    const { bytes: packed } = compress(data, { level: flags.level as Level });
    const restored = Buffer.compare(decompress(packed), data) === 0;
    if (!restored) wrong++;
    const sizes = await rivalSizes(data);
    const ratio = packed.length / Math.min(...sizes.filter((size) => size !== null));
    const cells = sizes.map((size) => size ?? '–');
    const model = path.basename(file, '.tflite');
    const note = restored ? '' : ' NOT RESTORED';
    console.log([model, data.length, ...cells, packed.length, ratio.toFixed(3) + note].join('\t'));
    const rivals = Object.fromEntries(rivalNames.map((name, i) => [name, sizes[i] ?? '']));
    rows.push({ model, level: flags.level, bytes: packed.length, original: data.length, ...rivals });
  }
  if (flags.record) console.error(`recorded in ${recordBaselines('size', ['model', 'level'], rows)}`);
  return wrong > 0 ? 1 : 0;
});
