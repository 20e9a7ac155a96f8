import fs from 'node:fs';
import path from 'node:path';
import { UsageError } from '@weightfold/base';
import type { NpyData } from '@weightfold/datasets';
import type { Model } from '@weightfold/runtime-native';
import { type Command, Option } from 'commander';
import { checkOutput, writeOutput } from '../files.js';
import { examples, type Rounding, repeated, roundingModes, threadsHelp, wholeNumber } from '../options.js';
import { profileHelp, profileTable } from '../profile.js';
import type { Act } from '../registry.js';
import type { Result, Session } from '../session.js';
import { textTable } from '../table.js';
import type { BatchedInput } from '../tensors.js';

interface RunOptions {
  input?: string[];
  output?: string[];
  quantizeInput?: boolean;
  threads?: number;
  rounding: Rounding;
  profile?: boolean;
  force?: boolean;
}

export function runVerb(program: Command, act: Act): Command {
  const command = program
    .command('run')
    .summary('run a model on .npy files')
    .description(
      'Runs a .tflite or .wfz on .npy files with the native kernels. A file has the dtype and shape of its tensor. ' +
        'When the model’s first dimension is 1, an .npy may hold N examples along it: the model then runs N times and ' +
        'the outputs have N rows.',
    )
    .argument('<model>', 'a .tflite or .wfz')
    .option('-i, --input <[name=]file.npy>', 'an input; repeat with names when there are several', repeated)
    .option(
      '-o, --output <[name=]file.npy>',
      'where an output goes; repeat with names when there are several',
      repeated,
    )
    .option('--quantize-input', 'quantize floats with the scale and zero point of an integer input')
    .option('--threads <n>', threadsHelp, wholeNumber(1))
    .addOption(
      new Option('--rounding <mode>', 'rounding of the int8 kernels').choices(roundingModes).default('tflm'),
    )
    .option('--profile', profileHelp)
    .option('-f, --force', 'replace existing outputs also when they are no .npy')
    .action(act(runModel));
  return examples(
    command,
    'weightfold run model.tflite --input x.npy --output y.npy',
    'weightfold run model.tflite --input floats.npy --quantize-input --output y.npy -f',
    'weightfold run model.tflite --input x.npy --threads 2 --profile',
  );
}

async function runModel(_session: Session, source: string, options: RunOptions): Promise<Result> {
  const { assignFiles, readInput } = await import('../tensors.js');
  const { writeNpy } = await import('@weightfold/datasets');
  const { Model } = await import('@weightfold/runtime-native');
  fs.accessSync(source, fs.constants.R_OK);
  const { threads, rounding } = options;
  const model = Model.load(source, { rounding, ...(threads === undefined ? {} : { threads }) });
  const inputFiles = assignFiles(options.input ?? [], model.inputs, '--input');
  const outputFiles = assignFiles(options.output ?? [], model.outputs, '--output');
  const given = [source, ...inputFiles.filter((file) => file !== null)];
  checkOutputs(outputFiles, given, options.force);
  const inputs = inputFiles.map((file, i) => {
    const tensor = model.inputs[i]!;
    if (file === null) throw missingInput(tensor.name, model.inputs.length);
    return readInput(file, tensor, options.quantizeInput === true);
  });
  const batch = commonBatch(inputs, inputFiles as string[]);
  const results = runBatch(model, inputs, batch);
  const outputs = model.outputs.map((tensor, i) => {
    const shape = batch === 1 ? tensor.shape : batchedShape(tensor.shape, batch);
    const file = outputFiles[i] ?? null;
    const npy = () => writeNpy({ dtype: tensor.dtype, shape, data: results[i]! });
    return { ...tensor, shape, file: file === null ? null : writeOutput(file, npy()) };
  });
  const { isa } = model;
  const profile = options.profile ? (await import('@weightfold/bench/profile')).profileModel(model) : null;
  model.dispose();
  const text = [outputTable(outputs, results), ...(profile ? [profileTable(profile)] : [])].join('\n\n');
  return { document: { model: source, isa, rounding, batch, outputs, ...(profile && { profile }) }, text };
}

/** Each output may be written, and none over another. An array is replaced by the next one; anything else only when told so. */
function checkOutputs(files: (string | null)[], inputs: string[], force: boolean | undefined): void {
  const outputs = files.filter((file) => file !== null);
  for (const file of outputs) checkOutput(file, inputs, force || isNpy(file));
  const paths = outputs.map((file) => path.resolve(file));
  const twice = paths.find((file, i) => paths.indexOf(file) !== i);
  if (twice === undefined) return;
  throw new UsageError(`Two outputs are to be written to ${twice}`, {
    where: '--output',
    expected: 'a file of its own for each output',
    received: twice,
  });
}

function isNpy(file: string): boolean {
  if (!fs.statSync(file, { throwIfNoEntry: false })?.isFile()) return false;
  const start = Buffer.alloc(6);
  const handle = fs.openSync(file, 'r');
  fs.readSync(handle, start);
  fs.closeSync(handle);
  return start.toString('latin1') === '\x93NUMPY';
}

function missingInput(name: string, count: number): UsageError {
  return new UsageError(`Input ${name} has no file`, {
    code: 'MISSING_INPUT',
    expected: count > 1 ? `--input ${name}=file.npy` : '--input file.npy',
  });
}

function commonBatch(inputs: BatchedInput[], files: string[]): number {
  const batch = inputs[0]?.batch ?? 1;
  const other = inputs.findIndex((input) => input.batch !== batch);
  if (other < 0) return batch;
  throw new UsageError('The inputs hold different numbers of examples', {
    code: 'BATCH',
    where: files[other],
    expected: `${batch}, as in ${files[0]}`,
    received: String(inputs[other]!.batch),
  });
}

function batchedShape(shape: number[], batch: number): number[] {
  return shape[0] === 1 ? [batch, ...shape.slice(1)] : [batch, ...shape];
}

/** Runs the examples one after the other; output i of all of them stands in one array. */
function runBatch(model: Model, inputs: BatchedInput[], batch: number): NpyData[] {
  const results: NpyData[] = [];
  for (let n = 0; n < batch; n++) {
    for (const [i, { data }] of inputs.entries()) {
      const size = data.length / batch;
      (model.input(i) as Uint8Array).set(data.subarray(n * size, (n + 1) * size) as Uint8Array);
    }
    model.invoke();
    for (const i of model.outputs.keys()) {
      const output = model.output(i) as Uint8Array;
      results[i] ??= new (output.constructor as Uint8ArrayConstructor)(output.length * batch);
      (results[i] as Uint8Array).set(output, n * output.length);
    }
  }
  return results;
}

function outputTable(
  outputs: { name: string; shape: number[]; dtype: string; file: string | null }[],
  results: NpyData[],
): string {
  return textTable(
    [{ head: 'output' }, { head: 'shape' }, { head: 'dtype' }, { head: 'first values' }, { head: 'file' }],
    outputs.map(({ name, shape, dtype, file }, i) => {
      const values = Array.from(results[i]!.subarray(0, 10) as ArrayLike<number>).join(' ');
      return [name, shape.join('×'), dtype, values, file];
    }),
  );
}
