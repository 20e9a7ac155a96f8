// npm run bench:calls: what a call of a model costs beside its kernels, on a model of one op of 16 elements; the op is counted as if it were
// overhead, too. Then runs of a model, of which memory must not grow: a million of invoke and run, and a hundredth as many of
// runAsync. Exits 3 when invoke takes 0.3 µs or more, run 0.5 µs or 0.3 µs more than invoke, or when memory grows.
// Options: --runs N (1000000)
import { parseArgs } from 'node:util';
import { expectHardware } from '@weightfold/base';
import { Model } from '@weightfold/runtime-native';
import { BuiltinOperator, ModelBuilder, TensorType, writeModel } from '@weightfold/tflite';
import { median } from '../statistics.js';
import { command, wholeNumber } from './command.js';

/** Rounds are shorter than the slices of time that a busy system gives. */
const [rounds, callsPerRound] = [501, 500];
const most = { invokeNs: 300, runNs: 500, growthMiB: 4 };

/** RELUs one after the other, on so few elements that a kernel takes no time to speak of. */
function chain(length: number): Uint8Array {
  const builder = new ModelBuilder('chain');
  // Another scale for each, or they would be one operator.
  const tensors = Array.from({ length: length + 1 }, (_, i) => {
    const quantization = { scale: [1 / (i + 1)], zeroPoint: [0] };
    return builder.addTensor({ name: `t${i}`, shape: [1, 16], type: TensorType.INT8, quantization });
  });
  for (let i = 0; i < length; i++)
    builder.addOperator({ builtin: BuiltinOperator.RELU, inputs: [tensors[i]!], outputs: [tensors[i + 1]!] });
  return writeModel(builder.build([tensors[0]!], [tensors.at(-1)!]));
}

/** Nanoseconds of a call of each function, in rounds that alternate. */
function time(calls: (() => void)[]): number[] {
  const samples = calls.map((): number[] => []);
  for (let round = -20; round < rounds; round++) {
    for (const [i, call] of calls.entries()) {
      const start = process.hrtime.bigint();
      for (let n = 0; n < callsPerRound; n++) call();
      const ns = Number(process.hrtime.bigint() - start) / callsPerRound;
      if (round >= 0) samples[i]!.push(ns);
    }
  }
  return samples.map(median);
}

function measureCalls(): boolean {
  const model = Model.load(chain(1));
  const inputs = [new Int8Array(16)];
  const [invoke, run] = time([() => model.invoke(), () => void model.run(inputs)]) as [number, number];
  model.dispose();
  console.log(`invoke: ${invoke.toFixed(0)} ns with one op; run: ${run.toFixed(0)} ns`);
  return invoke < most.invokeNs && run < most.runNs && run - invoke < most.invokeNs;
}

/** Resident memory in MiB after each tenth of the runs. */
async function measureMemory(runs: number): Promise<number[]> {
  const model = Model.load(chain(32), { threads: 2 });
  const inputs = [new Int8Array(16)];
  const memory: number[] = [];
  for (let tenth = 0; tenth < 10; tenth++) {
    for (let i = 0; i < runs / 20; i++) {
      model.invoke();
      model.run(inputs);
    }
    for (let i = 0; i < runs / 1000; i++) await model.runAsync(inputs);
    memory.push(process.memoryUsage.rss() / 2 ** 20);
  }
  model.dispose();
  return memory;
}

await command(async () => {
  expectHardware();
  const { values } = parseArgs({ options: { runs: { type: 'string', default: '1000000' } } });
  const runs = wholeNumber('runs', values.runs);
  const quick = measureCalls();
  const memory = await measureMemory(runs);
  console.log(`MiB after each tenth of ${runs} runs: ${memory.map((mib) => mib.toFixed(1)).join(' ')}`);
  // The first two tenths are the engine's own warm-up.
  const growth = memory.at(-1)! - memory[2]!;
  return quick && growth < most.growthMiB ? 0 : 3;
});
