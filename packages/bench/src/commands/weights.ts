// npm run bench:weights -- FOLDER|FILE …: int8 and uint8 weights alone, coded bytes as a part of the raw ones: ours beside general packers,
// Arm's Vela and NNC (ISO/IEC 15938-17). A rival that cannot be installed is "absent". The output is a table for docs/results.md.
// With --vela: bytes of weights as Vela encodes them for Ethos-U55-128 when it compiles the whole model, beside our .wfz.
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { compress } from '@weightfold/compressor';
import {
  codedWeightBytes,
  installWeightCoder,
  RivalError,
  velaEstimate,
  type WeightCoder,
  weightCoders,
} from '@weightfold/rivals';
import { brotliBytes, xzBytes, zstdBytes } from '../pipeline/sizes.js';
import { ourWeightBytes, type WeightTensor, weightTensors } from '../size/weights.js';
import { command } from './command.js';
import { modelFiles } from './model-files.js';

async function pathOf(coder: WeightCoder): Promise<string | null> {
  try {
    return await installWeightCoder(coder, (message) => console.error(message));
  } catch (error) {
    if (!(error instanceof RivalError)) throw error;
    console.error(`${coder} is absent: ${error.message}`);
    return null;
  }
}

function coderBytes(coder: WeightCoder, tensors: WeightTensor[], pythonPath: string | null): number | null {
  if (pythonPath === null) return null;
  return codedWeightBytes(coder, tensors, pythonPath).reduce((sum, bytes) => sum + bytes, 0);
}

const line = (cells: (string | number)[]) => console.log(`| ${cells.join(' | ')} |`);

function tableHead(heads: string[]): void {
  line(heads);
  line(heads.map(() => '---'));
}

/** Vela's estimate of whole models; without Vela there is nothing to tell. */
async function compiled(files: string[]): Promise<number> {
  const pythonPath = await installWeightCoder('vela', (message) => console.error(message));
  tableHead(['model', "Vela's original weights", "Vela's encoded weights", '.wfz']);
  for (const file of files) {
    const { originalWeights, encodedWeights } = velaEstimate(file, pythonPath);
    const wfz = compress(new Uint8Array(fs.readFileSync(file))).bytes.length;
    const name = path.join(path.basename(path.dirname(file)), path.basename(file, '.tflite'));
    line([name, originalWeights, encodedWeights, wfz]);
  }
  return 0;
}

await command(async () => {
  const { values, positionals } = parseArgs({
    options: { vela: { type: 'boolean' } },
    allowPositionals: true,
  });
  const files = positionals.flatMap(modelFiles);
  if (files.length === 0) {
    console.error('expected folders or files: npm run bench:weights -- MODELS_FOLDER');
    return 2;
  }
  if (values.vela) return compiled(files);
  const paths = new Map<WeightCoder, string | null>();
  for (const coder of weightCoders) paths.set(coder, await pathOf(coder));
  const heads = [
    'model',
    'raw bytes',
    'zstd -22',
    'xz -9e',
    'brotli 11',
    'Vela',
    'NNC',
    'fast',
    'default',
    'max',
  ];
  tableHead(heads);
  for (const file of files) {
    const data = new Uint8Array(fs.readFileSync(file));
    const tensors = weightTensors(data);
    const raw = Buffer.concat(tensors.map(({ bytes }) => bytes));
    if (raw.length === 0) continue;
    const general = [await zstdBytes(raw), await xzBytes(raw), await brotliBytes(raw)];
    const coders = weightCoders.map((coder) => coderBytes(coder, tensors, paths.get(coder)!));
    const ours = (['fast', 'default', 'max'] as const).map((level) => ourWeightBytes(data, tensors, level));
    const ratios = [...general, ...coders, ...ours].map((size) =>
      size === null ? 'absent' : (size / raw.length).toFixed(3),
    );
    line([path.basename(file, '.tflite'), raw.length, ...ratios]);
  }
  return 0;
});
