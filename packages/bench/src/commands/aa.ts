// npm run bench:aa -- MODEL: how often the benchmark is wrong. A model is measured against itself (A/A), which must not be told
// apart, and against itself made 5 % slower (A/B), which must be found: each in at least 95 of 100 trials, or the exit code is 3.
// Options: --trials N (100), --slowdown 0.05, --runs N (of each engine in a trial; default: what bench does)
import { parseArgs } from 'node:util';
import { ExitCode, expectHardware } from '@weightfold/base';
import { readMachineFiles } from '../context/machine-files.js';
import { type Trial, trial } from '../measure/trials.js';
import { quantile } from '../statistics.js';
import { command, positiveNumber, wholeNumber } from './command.js';

const wanted = 0.95;

async function trials(
  file: string,
  slowdown: number,
  count: number,
  runs: number | undefined,
): Promise<Trial[]> {
  const found: Trial[] = [];
  for (let i = 0; i < count; i++) {
    found.push(await trial(file, slowdown, { seed: i, ...(runs === undefined ? {} : { runs }) }));
    if ((i + 1) % 10 === 0) console.error(`${slowdown === 0 ? 'A/A' : 'A/B'}: ${i + 1} of ${count}`);
  }
  return found;
}

function told(name: string, all: Trial[], verdict: Trial['verdict']): boolean {
  const right = all.filter((one) => one.verdict === verdict).length;
  const [low, middle, high] = [0.025, 0.5, 0.975].map((q) =>
    quantile(
      all.map(({ ratio }) => ratio),
      q,
    ).toFixed(3),
  );
  console.log(
    `${name}\t${right} of ${all.length} "${verdict}"\tratio ${middle}, 95 % of them ${low} to ${high}`,
  );
  return right >= wanted * all.length;
}

await command(async () => {
  expectHardware();
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      trials: { type: 'string', default: '100' },
      slowdown: { type: 'string', default: '0.05' },
      runs: { type: 'string' },
    },
  });
  const [file] = positionals;
  const count = wholeNumber('trials', values.trials);
  const slowdown = positiveNumber('slowdown', values.slowdown);
  const runs = values.runs === undefined ? undefined : wholeNumber('runs', values.runs);
  if (file === undefined) {
    console.error('expected a model: npm run bench:aa -- MODEL.tflite --trials 100');
    return ExitCode.usage;
  }
  const same = told('A/A', await trials(file, 0, count, runs), 'not distinguishable');
  const slower = told(`A/B, ${100 * slowdown} % slower`, await trials(file, slowdown, count, runs), 'faster');
  const load = readMachineFiles('/', ['/proc/loadavg']).get('/proc/loadavg');
  console.log(`load at the end: ${load?.split(' ')[0]}`);
  return same && slower ? ExitCode.ok : ExitCode.requirement;
});
