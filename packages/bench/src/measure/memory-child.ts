// Run by memory.ts in a process of its own: loads a model, runs it once, prints the peak resident memory in bytes.
import { Model } from '@weightfold/runtime-native';

const [file, threads] = process.argv.slice(2);
const model = Model.load(file!, { threads: Number(threads) });
model.invoke();
console.log(process.resourceUsage().maxRSS * 1024);
