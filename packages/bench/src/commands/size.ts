// npm run bench:size -- FOLDER|FILE …: our container at every level beside zip, zstd --ultra -22, xz -9e, tuned LZMA and brotli 11, for
// every .tflite, and the geometric mean of each class beside its goal. Exits 1 when a file does not come back byte for byte.
// Options: --level fast|default|max (may be repeated; all when not given), --record,
// --rivals (measure rivals again, which takes minutes; else sizes recorded for the same content are taken).
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { compress, decompress, type Level } from '@weightfold/compressor';
import { recordBaselines } from '../baselines.js';
import { bestRival, factsOf, recordedSizes, rivalNames, sizeLevels } from '../size/size-rows.js';
import { classTable, type SizeRatios } from '../size/summary.js';
import { command } from './command.js';
import { modelFiles } from './model-files.js';

await command(async () => {
  const { values: flags, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      level: { type: 'string', multiple: true, default: [...sizeLevels] },
      record: { type: 'boolean' },
      rivals: { type: 'boolean' },
    },
  });
  const files = positionals.flatMap(modelFiles);
  if (files.length === 0) {
    console.error('expected folders or files: npm run bench:size -- MODELS_FOLDER');
    return 2;
  }
  const levels = flags.level as Level[];
  const recorded = flags.rivals ? [] : recordedSizes();
  const rows: Record<string, string | number>[] = [];
  const summaries: SizeRatios[] = [];
  let wrong = 0;
  const ours = levels.flatMap((level) => [level, `${level} / best`]);
  console.log(['file', 'class', 'bytes', ...rivalNames, ...ours].join('\t'));
  for (const file of files) {
    const data = new Uint8Array(fs.readFileSync(file));
    const model = path.basename(file, '.tflite');
    const facts = await factsOf(data, recorded);
    const ratios: SizeRatios['ratios'] = {};
    const cells: string[] = [];
    for (const level of levels) {
      const { bytes: packed } = compress(data, { level });
      const restored = Buffer.compare(decompress(packed), data) === 0;
      if (!restored) wrong++;
      const ratio = packed.length / bestRival(facts);
      ratios[level] = ratio;
      cells.push(`${packed.length}`, ratio.toFixed(3) + (restored ? '' : ' NOT RESTORED'));
      const { rivals, ...known } = facts;
      const sizes = Object.fromEntries(rivalNames.map((name) => [name, rivals[name] ?? '']));
      rows.push({ model, level, bytes: packed.length, ...known, ...sizes });
    }
    const theirs = rivalNames.map((name) => facts.rivals[name] ?? '–');
    console.log([model, facts.class, data.length, ...theirs, ...cells].join('\t'));
    summaries.push({ class: facts.class, ratios });
  }
  console.log(`\n${classTable(summaries).join('\n')}`);
  if (flags.record) console.error(`recorded in ${recordBaselines('size', ['model', 'level'], rows)}`);
  return wrong > 0 ? 1 : 0;
});
