#!/usr/bin/env node
// with-time-limit.mjs SECONDS COMMAND ARGS...: runs a command in a process group of its own. When the time is over, prints
// what was running, for whoever looks for the reason, ends the whole group and exits with 124, as timeout(1) does.
import { spawn, spawnSync } from 'node:child_process';

const [seconds, command, ...args] = process.argv.slice(2);
const child = spawn(command, args, { detached: true, stdio: ['ignore', 'inherit', 'inherit'] });

function end(signal) {
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/** Lines of ps(1) for the command and all that descends from it; empty where there is no ps. */
function processes() {
  const columns = 'pid,ppid,stat,etimes,time,wchan:24,args';
  const { stdout } = spawnSync('ps', ['-e', '--forest', '-o', columns], {
    encoding: 'utf8',
    timeout: 10_000,
  });
  const family = new Set([String(child.pid)]); // in a forest parents come before their children
  return (stdout ?? '').split('\n').filter((line) => {
    const [pid, parent] = line.trim().split(/\s+/);
    if (family.has(parent)) family.add(pid);
    return pid === 'PID' || family.has(pid);
  });
}

const timer = setTimeout(() => {
  console.log([`not ended after ${seconds} s: ${command} ${args.join(' ')}`, ...processes()].join('\n'));
  end('SIGKILL');
  process.exit(124);
}, Number(seconds) * 1000);

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => end(signal));
child.on('error', (error) => {
  console.error(`cannot start ${command}: ${error.message}`);
  process.exit(127);
});
child.on('exit', (code) => {
  clearTimeout(timer);
  end('SIGKILL'); // what tests left behind
  process.exit(code ?? 1);
});
