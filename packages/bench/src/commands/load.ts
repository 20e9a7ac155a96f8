// npm run bench:load -- FILE …: what loading a model takes, in our runtime and in LiteRT, each from bytes in memory: the first load in a
// fresh process and the first inference, then later loads of the same model in that process, each model freed before the next. Processes
// alternate. Processor time counts all threads of a process: on a busy machine it says more than the clock.
// Options: --children N (20; processes for each model and runtime), --before N (0; loads between the first one and those that count as
// later), --later N (20; of which each process gives the median), --against litert (or litert-ref, tflm; none leaves it out)
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { UsageError } from '@weightfold/base';
import { installRivals, PythonRival, type RivalEngine, rivalEngines } from '@weightfold/rivals';
import { type LaterLoads, measureFresh } from '../measure/fresh.js';
import { asTflite } from '../source.js';
import { median, quantile } from '../statistics.js';
import { command, wholeNumber } from './command.js';
import { modelFiles } from './model-files.js';

const columns = {
  startCpuMs: 'start, CPU ms',
  importCpuMs: 'import, CPU ms',
  loadCpuMs: 'load, CPU ms',
  loadMs: 'load, ms',
  firstCpuUs: 'first, CPU µs',
  firstUs: 'first, µs',
  laterCpuMs: 'later load, CPU ms',
  laterMs: 'later load, ms',
} as const;
type Sample = Partial<Record<keyof typeof columns, number>>;

/** LiteRT's imports, and the start of Python, are not told. */
async function measureRival(
  engine: RivalEngine,
  pythonPath: string,
  tflite: Uint8Array,
  { before, later }: LaterLoads,
): Promise<Sample> {
  const rival = PythonRival.start(engine, { pythonPath });
  try {
    const model = await rival.load(tflite);
    const { us, cpuUs } = await rival.timeFirst(model);
    const again = (await rival.timeLoads(before + later)).slice(before);
    return {
      loadCpuMs: model.loadCpuMs,
      loadMs: model.loadMs,
      firstCpuUs: cpuUs,
      firstUs: us,
      laterCpuMs: median(again.map(({ cpuMs }) => cpuMs)),
      laterMs: median(again.map(({ ms }) => ms)),
    };
  } finally {
    rival.close();
  }
}

async function measureOurs(file: string, loads: LaterLoads): Promise<Sample> {
  const { laterCpuMs, laterMs, ...first } = await measureFresh(file, 1, loads);
  return { ...first, laterCpuMs: median(laterCpuMs), laterMs: median(laterMs) };
}

/** The median, and the quartiles beside it. */
function figure(samples: readonly Sample[], key: keyof typeof columns): string {
  const values = samples.flatMap((sample) => sample[key] ?? []);
  if (values.length === 0) return '';
  const text = (value: number) => value.toFixed(value < 100 ? 2 : 0);
  return `${text(median(values))} [${text(quantile(values, 0.25))}, ${text(quantile(values, 0.75))}]`;
}

function print(file: string, engine: string, samples: readonly Sample[]): void {
  const keys = Object.keys(columns) as (keyof typeof columns)[];
  const cells = [path.basename(file), engine, ...keys.map((key) => figure(samples, key))];
  console.log(`| ${cells.join(' | ')} |`);
}

function options() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      children: { type: 'string', default: '20' },
      before: { type: 'string', default: '0' },
      later: { type: 'string', default: '20' },
      against: { type: 'string', default: 'litert' },
    },
  });
  const children = wholeNumber('children', values.children);
  const loads = { before: Number(values.before), later: wholeNumber('later', values.later) };
  const engine = [...rivalEngines, 'none' as const].find((name) => name === values.against);
  if (positionals.length === 0 || !Number.isSafeInteger(loads.before) || engine === undefined) {
    const expected = `models, a number of loads, and one of ${rivalEngines.join(', ')}, none`;
    throw new UsageError(`expected ${expected}: npm run bench:load -- MODEL.tflite --children 20`, {
      expected,
    });
  }
  return { files: positionals.flatMap(modelFiles), children, loads, engine };
}

await command(async () => {
  const { files, children, loads, engine } = options();
  const pythonPath = engine === 'none' ? '' : await installRivals((message) => console.error(message));
  console.log(`| model | runtime | ${Object.values(columns).join(' | ')} |`);
  console.log(`| --- | --- |${' ---: |'.repeat(Object.keys(columns).length)}`);
  for (const file of files) {
    const tflite = asTflite(new Uint8Array(fs.readFileSync(file)));
    const [ours, theirs]: [Sample[], Sample[]] = [[], []];
    for (let child = 0; child < children; child++) {
      ours.push(await measureOurs(file, loads));
      if (engine !== 'none') theirs.push(await measureRival(engine, pythonPath, tflite, loads));
    }
    print(file, 'weightfold', ours);
    if (engine !== 'none') print(file, engine, theirs);
  }
  return 0;
});
