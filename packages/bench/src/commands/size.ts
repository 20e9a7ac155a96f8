// npm run bench:size -- FOLDER|FILE …: our default level beside zip, xz -9e and brotli 11, for every .tflite. Exits 1 when a
// file does not come back byte for byte. Options: --level fast|default|max, --record
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { compress, decompress, zipBytes } from '@weightfold/compressor';
import { recordBaselines } from '../baselines.js';
import { brotliBytes, xzBytes } from '../pipeline/sizes.js';

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { level: { type: 'string', default: 'default' }, record: { type: 'boolean' } },
});
const files = positionals.flatMap((given) =>
  fs.statSync(given).isDirectory()
    ? fs
        .readdirSync(given)
        .filter((name) => name.endsWith('.tflite'))
        .sort()
        .map((name) => path.join(given, name))
    : [given],
);
if (files.length === 0) {
  console.error('expected folders or files: npm run bench:size -- ../shared/data/models');
  process.exit(2);
}
const rows: Record<string, string | number>[] = [];
let wrong = 0;
console.log('file\tbytes\tzip\txz\tbrotli\twfz\twfz / best rival');
for (const file of files) {
  const data = new Uint8Array(fs.readFileSync(file));
  const { bytes: packed } = compress(data, { level: flags.level as 'fast' | 'default' | 'max' });
  const restored = Buffer.compare(decompress(packed), data) === 0;
  if (!restored) wrong++;
  const rivals = [zipBytes(data), (await xzBytes(file)) ?? Number.POSITIVE_INFINITY, brotliBytes(data)];
  const ratio = packed.length / Math.min(...rivals);
  const model = path.basename(file, '.tflite');
  console.log(
    [model, data.length, ...rivals, packed.length, ratio.toFixed(3) + (restored ? '' : ' WRONG')].join('\t'),
  );
  const [zip, xz, brotli] = rivals as [number, number, number];
  rows.push({ model, level: flags.level, bytes: packed.length, original: data.length, zip, xz, brotli });
}
if (flags.record) console.error(`recorded in ${recordBaselines('size', ['model', 'level'], rows)}`);
process.exit(wrong > 0 ? 1 : 0);
