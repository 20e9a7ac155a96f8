// Prints the initial frequencies of the records codec (formats/container/src/codecs/records/priors.ts) from the structure
// streams of models: npx jiti scripts/fit-record-priors.mjs MODEL.tflite ... (after a build). What comes out
// goes into the specification: run it only when the format changes.
import fs from 'node:fs';
import { priorCount, priorOf, rows } from '../formats/container/src/codecs/records/contexts.ts';
import { RecordEncoder } from '../formats/container/src/codecs/records/encode.ts';
import { layOut } from '../packages/compressor/src/layout.ts';
import { parseFile } from '../packages/compressor/src/parse.ts';

/** A row adapts: only the first symbols that it meets count, and long streams count by the root of their length. */
const firstSymbols = 4;
const evenShare = 0.06;
const digitWeights = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256];

function addStream(sums, data) {
  const encoder = new RecordEncoder(data);
  encoder.encode(data.length);
  const own = sums.map(() => new Float64Array(16));
  for (let row = 0; row < rows.count; row++) {
    for (let s = 0; s < 16; s++) {
      own[priorOf(row)][s] += Math.min(firstSymbols, encoder.counts.counts[16 * row + s]);
    }
  }
  own.forEach((counts, line) => {
    const total = counts.reduce((a, b) => a + b, 0);
    if (total > 0) for (let s = 0; s < 16; s++) sums[line][s] += counts[s] / Math.sqrt(total);
  });
}

function digits(counts) {
  const total = counts.reduce((a, b) => a + b, 0);
  const shares = Array.from(counts, (count) => (total > 0 ? count / total : 0) + evenShare / 16);
  const most = Math.max(...shares);
  const nearest = (share) => {
    const off = digitWeights.map((weight) => Math.abs(Math.log2((256 * share) / most / weight)));
    return off.indexOf(Math.min(...off)).toString(16);
  };
  return shares.map(nearest).join('');
}

const sums = Array.from({ length: priorCount }, () => new Float64Array(16));
for (const file of process.argv.slice(2)) {
  const bytes = new Uint8Array(fs.readFileSync(file));
  const structure = layOut(bytes, parseFile(bytes)).blocks.find(({ kind }) => kind === 'structure');
  addStream(sums, Buffer.concat(structure.parts));
}
for (const line of sums) console.log(`  '${digits(line)}',`);
