import fs from 'node:fs';
import type { Calibration, LayerError } from '@weightfold/optimizer';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { checkOutput, requireFile, writeOutput } from '../files.js';
import { examples, required, wholeNumber } from '../options.js';
import type { Act } from '../registry.js';
import type { Result, Session } from '../session.js';
import { SlowProgress } from '../slow-progress.js';
import { decimal, integer, shortName, textTable } from '../table.js';

// Not from the optimizer's main entry, which loads TensorFlow: these are needed for --help.
const methods: Calibration['method'][] = ['min-max', 'percentile', 'mse', 'kl'];
const imageRanges = ['0..1', '-1..1', '0..255'] as const;

interface QuantizeOptions {
  calibrate?: string;
  output?: string;
  weights?: string;
  examples: number;
  calibration: Calibration['method'];
  percentile: number;
  imageRange: (typeof imageRanges)[number];
  featureNorm?: string;
  floatIo?: boolean;
  denseScales: 'layer' | 'channel';
  seed: number;
  force?: boolean;
}

export function quantizeVerb(program: Command, act: Act): Command {
  const command = program
    .command('quantize')
    .summary('import a float model and quantize it to int8 (PTQ)')
    .description(
      'Imports a float model (.tflite, Keras .h5 or .keras, tfjs model.json, Keras configuration with --weights) and ' +
        'writes a fully int8 .tflite: weights by channel, activations by the ranges that a calibration set shows. ' +
        '-v shows the error that each layer adds.',
    )
    .argument('<model>', 'a float .tflite, .h5, .keras, model.json or configuration .json')
    .option('--calibrate <data>', 'a known data set, a .npy of inputs, or a folder of images or .wav')
    .option('-o, --output <file.tflite>', 'where to write')
    .option('--weights <file.h5>', 'weights of a Keras configuration')
    .option('--examples <n>', 'examples to calibrate with', wholeNumber(1), 200)
    .addOption(
      new Option('--calibration <method>', 'how ranges are chosen').choices(methods).default('min-max'),
    )
    .option('--percentile <p>', 'part of the values, in percent, that percentile keeps', percent, 99.99)
    .addOption(
      new Option('--image-range <range>', 'what the bytes of images become')
        .choices(imageRanges)
        .default('0..1'),
    )
    .option('--feature-norm <file.npy>', 'mean and deviation [2, 10] that features of .wav are normalized by')
    .addOption(
      new Option('--dense-scales <kind>', 'one scale for a dense layer, or one for each unit')
        .choices(['layer', 'channel'])
        .default('layer'),
    )
    .option(
      '--float-io',
      'float32 inputs and outputs: the model quantizes and dequantizes by itself (run and eval take it, too)',
    )
    .option('--seed <n>', 'seed of the choice of examples', wholeNumber(0), 0)
    .option('-f, --force', 'replace an existing output')
    .action(act(quantize));
  return examples(
    command,
    'weightfold quantize float.tflite --calibrate x.npy -o int8.tflite',
    'weightfold quantize float.tflite --calibrate x.npy --calibration mse -o int8.tflite --json',
    'weightfold quantize model.keras --calibrate photos/ --image-range -1..1 -o int8.tflite',
  );
}

function percent(text: string): number {
  const value = Number(text);
  if (value > 50 && value <= 100) return value;
  throw new InvalidArgumentError('Expected a number above 50 and at most 100.');
}

async function quantize(session: Session, source: string, options: QuantizeOptions): Promise<Result> {
  const data = required(options.calibrate, '--calibrate <data>');
  const target = required(options.output, '-o, --output <file.tflite>');
  const given = [source, options.weights, options.featureNorm].filter((file) => file !== undefined);
  given.forEach(requireFile);
  checkOutput(target, [...given, data], options.force);
  const { importModel, loadCalibrationSet, quantizeModel } = await import('@weightfold/optimizer');
  const model = await importModel(source, options.weights === undefined ? {} : { weights: options.weights });
  const { examples: wanted, seed, imageRange, featureNorm } = options;
  const shape = model.graph.inputs[0]?.shape ?? [];
  const onNote = (message: string) => session.note(message);
  const set = await loadCalibrationSet(data, {
    shape,
    examples: wanted,
    seed,
    imageRange,
    ...(featureNorm === undefined ? {} : { featureNorm }),
    onProgress: onNote,
  });
  const {
    tflite,
    layers,
    examples: used,
  } = await SlowProgress.during(session, (progress) =>
    quantizeModel(model, set, {
      calibration: calibrationOf(options),
      examples: wanted,
      seed,
      setName: data,
      perChannelDense: options.denseScales === 'channel',
      endpoints: options.floatIo ? 'float32' : 'int8',
      onProgress: (done, of, what) => progress.show(`${what}, examples`, done, of),
    }),
  );
  const output = writeOutput(target, tflite);
  const before = fs.statSync(source).size;
  const summary =
    `${source} ${integer(before)} bytes → ${target} ${integer(tflite.length)} bytes, ${options.floatIo ? 'int8 with float32 inputs and outputs' : 'fully int8'}; ` +
    `ranges by ${options.calibration} of ${integer(used)} examples (${data})`;
  return {
    document: {
      model: source,
      output,
      bytes: tflite.length,
      calibration: options.calibration,
      examples: used,
      layers,
    },
    text: session.verbose ? `${layerTable(layers)}\n${summary}` : `${worst(layers)}${summary}`,
  };
}

function calibrationOf({ calibration: method, percentile }: QuantizeOptions): Calibration {
  return method === 'percentile' ? { method, percentile } : { method };
}

function layerTable(layers: LayerError[]): string {
  const right = (head: string) => ({ head, align: 'right' as const });
  return textTable(
    [{ head: 'layer', cut: true }, { head: 'op' }, right('own SQNR dB'), right('SQNR dB'), right('cosine')],
    layers.map(({ name, op, ownSqnr, sqnr, cosine }) => [
      shortName(name),
      op,
      decimal(ownSqnr, 1),
      decimal(sqnr, 1),
      decimal(cosine, 5),
    ]),
  );
}

/** The layer that adds most, in a line. */
function worst(layers: LayerError[]): string {
  const [least] = [...layers].sort((a, b) => a.ownSqnr - b.ownSqnr);
  if (!least) return '';
  // Infinite where nothing is lost.
  const decibels = (value: number) => (Number.isFinite(value) ? `${decimal(value, 1)} dB` : 'without loss');
  const own = `SQNR by itself ${decibels(least.ownSqnr)}`;
  return `most error: ${least.name} (${least.op}), ${own}; output ${decibels(layers.at(-1)!.sqnr)}\n`;
}
