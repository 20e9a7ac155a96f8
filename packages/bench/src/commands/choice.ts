// npm run bench:choice -- NAME: trains the points of a schedule that holds training examples out (mobilenet-choice, ds-cnn-s-choice) and
// prints what each stage gets on these, and its packed bytes: what settings are chosen by, so that the test set can judge them. A stopped run goes on.
// Options: --seed N (1), -o DIR
import path from 'node:path';
import { parseArgs } from 'node:util';
import { expectHardware, UsageError } from '@weightfold/base';
import { compress } from '@weightfold/compressor';
import { openDataset } from '@weightfold/datasets';
import { optimize } from '@weightfold/optimizer';
import { readSchedule } from '../schedules.js';
import { command, wholeNumber } from './command.js';
import { progressLines } from './progress-lines.js';

await command(async () => {
  expectHardware();
  const { values, positionals } = parseArgs({
    options: { seed: { type: 'string', default: '1' }, output: { type: 'string', short: 'o' } },
    allowPositionals: true,
  });
  const [name = ''] = positionals;
  const config = readSchedule(name, wholeNumber('seed', values.seed, 0));
  if (config.validation === null) {
    const expected = 'a schedule with validation examples';
    throw new UsageError(`expected ${expected} but received ${name}`, { expected, received: name });
  }
  const packedBytes = (tflite: Uint8Array) => compress(tflite).bytes.length;
  console.log('stage\theld out %\t.wfz\tCPU s');
  await optimize({
    config,
    dataset: await openDataset(config.dataset, { onProgress: (message) => console.error(message) }),
    outDir: values.output ?? path.join('.weightfold/runs', `${name}-${values.seed}`),
    onEvent: progressLines(),
    packedBytes,
    evaluate: async (stage, tflite) => {
      const figures = [
        stage.accuracyValidation!.toFixed(2),
        packedBytes(tflite),
        stage.cpuSeconds!.toFixed(1),
      ];
      console.log([stage.name, ...figures].join('\t'));
    },
  });
  return 0;
});
