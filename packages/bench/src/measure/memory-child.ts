// Run by memory.ts in a process of its own: loads a model, runs it once, prints the peak resident memory in bytes.
import { loadModel } from '@weightfold/runtime-native';

const [file, threads] = process.argv.slice(2);
const model = loadModel(file!, { threads: Number(threads) });
model.invoke();
console.log(process.resourceUsage().maxRSS * 1024);
