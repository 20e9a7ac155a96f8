// Run by fresh.ts in a process of its own: loads a model, runs it once, and prints what that took.
const [file, threads] = process.argv.slice(2);

/** Milliseconds of processor time of all threads of this process. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const started = cpuMs();
const { chooseIsa, Model } = await import('@weightfold/runtime-native');
chooseIsa(); // loads the addon: what happens once for all models is not loading one
const cpu = [cpuMs()];
const start = process.hrtime.bigint();
const model = Model.load(file!, { threads: Number(threads) });
const loaded = process.hrtime.bigint();
cpu.push(cpuMs());
const before = process.hrtime.bigint();
model.invoke();
const invoked = process.hrtime.bigint();
cpu.push(cpuMs());
console.log(
  JSON.stringify({
    startCpuMs: started,
    importCpuMs: cpu[0]! - started,
    loadMs: Number(loaded - start) / 1e6,
    loadCpuMs: cpu[1]! - cpu[0]!,
    firstUs: Number(invoked - before) / 1e3,
    firstCpuUs: (cpu[2]! - cpu[1]!) * 1000,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
  }),
);

export {};
