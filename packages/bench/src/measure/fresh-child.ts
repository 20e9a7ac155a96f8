// Run by fresh.ts in a process of its own: loads a model, runs it once, loads it again and again, and prints what that took.
import fs from 'node:fs';

const [file, threads, before, later] = process.argv.slice(2);

/** Milliseconds of processor time of all threads of this process. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const started = cpuMs();
const { chooseIsa, Model } = await import('@weightfold/runtime-native');
chooseIsa(); // loads the addon: what happens once for all models is not loading one
const imported = cpuMs();
const bytes = new Uint8Array(fs.readFileSync(file!));
const options = { threads: Number(threads) };

/** Loads the model; what that took by the clock, and of processor time. */
function timedLoad(): { model: ReturnType<typeof Model.load>; ms: number; cpu: number } {
  const [cpu, start] = [cpuMs(), process.hrtime.bigint()];
  const model = Model.load(bytes, options);
  const ms = Number(process.hrtime.bigint() - start) / 1e6;
  return { model, ms, cpu: cpuMs() - cpu };
}

const first = timedLoad();
const [cpu, start] = [cpuMs(), process.hrtime.bigint()];
first.model.invoke();
const firstUs = Number(process.hrtime.bigint() - start) / 1e3;
const firstCpuUs = (cpuMs() - cpu) * 1000;
const peakRssBytes = process.resourceUsage().maxRSS * 1024;
const again: { ms: number; cpu: number }[] = [];
for (let i = 0; i < Number(before) + Number(later); i++) {
  const { model, ...times } = timedLoad();
  model.dispose();
  if (i >= Number(before)) again.push(times);
}
console.log(
  JSON.stringify({
    startCpuMs: started,
    importCpuMs: imported - started,
    loadMs: first.ms,
    loadCpuMs: first.cpu,
    firstUs,
    firstCpuUs,
    peakRssBytes,
    laterMs: again.map(({ ms }) => ms),
    laterCpuMs: again.map((times) => times.cpu),
  }),
);
