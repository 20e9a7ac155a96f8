// Run by fresh.ts in a process of its own: loads a model, runs it once, and prints what that took.
import { Model, nativeInfo } from '@weightfold/runtime-native';

const [file, threads] = process.argv.slice(2);
nativeInfo(); // loads the addon: what happens once for all models is not loading one
const start = process.hrtime.bigint();
const model = Model.load(file!, { threads: Number(threads) });
const loaded = process.hrtime.bigint();
model.invoke();
const invoked = process.hrtime.bigint();
const peakRssBytes = process.resourceUsage().maxRSS * 1024;
console.log(
  JSON.stringify({
    loadMs: Number(loaded - start) / 1e6,
    firstUs: Number(invoked - loaded) / 1e3,
    peakRssBytes,
  }),
);
