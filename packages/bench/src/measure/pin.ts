import { UsageError } from '@weightfold/base';
import { x } from 'tinyexec';

/** Numbers of CPUs from a list as taskset takes it: `2`, `0-3`, `1,3`. @throws UsageError when it is none */
export function cpuList(text: string): number[] {
  const cpus = text.split(',').flatMap((part) => {
    const [, from, to] = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part) ?? [];
    const last = Number(to ?? from);
    if (from === undefined || last < Number(from) || last > 4095) throw notACpuList(text);
    return Array.from({ length: last - Number(from) + 1 }, (_, i) => Number(from) + i);
  });
  return [...new Set(cpus)];
}

function notACpuList(text: string): UsageError {
  const expected = 'CPUs, as in 2 or 0-3 or 1,3';
  return new UsageError(`pin: expected ${expected} but received ${text}`, {
    where: 'pin',
    expected,
    received: text,
  });
}

/**
 * Keeps this process, all its threads and what it starts from now on to these CPUs, by util-linux's taskset.
 * @returns what undoes it
 * @throws UsageError when the machine has no such CPU, or no taskset
 */
export async function pinTo(cpus: readonly number[]): Promise<() => Promise<void>> {
  const allowed = async () => /list: (.*)/.exec(await taskset(['-c', '-p', `${process.pid}`]))![1]!;
  const setTo = (list: string) => taskset(['-a', '-c', '-p', list, `${process.pid}`]);
  const before = await allowed();
  await setTo(cpus.join(','));
  // The kernel leaves out CPUs that there are not, without a word.
  const pinned = cpuList(await allowed());
  const missing = cpus.filter((cpu) => !pinned.includes(cpu));
  if (missing.length > 0) {
    await setTo(before);
    throw noSuchCpu(missing, before);
  }
  return async () => void (await setTo(before));
}

function noSuchCpu(missing: number[], allowed: string): UsageError {
  const received = missing.join(',');
  return new UsageError(`pin: this process may use the CPUs ${allowed}, and not ${received}`, {
    where: 'pin',
    expected: allowed,
    received,
  });
}

async function taskset(words: string[]): Promise<string> {
  try {
    const { exitCode, stdout, stderr } = await x('taskset', words, { nodePath: false });
    if (exitCode === 0) return stdout;
    throw new Error(stderr.trim());
  } catch (cause) {
    throw new UsageError(`pin: the CPUs cannot be set: ${(cause as Error).message}`, {
      where: 'pin',
      hint: 'taskset is part of util-linux; `lscpu` lists the CPUs.',
      cause,
    });
  }
}
