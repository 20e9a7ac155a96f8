import fs from 'node:fs';
import os from 'node:os';
import { needing } from '@weightfold/test-support';
import { missingPackages, type StandIn } from '../src/board/stand-in.js';

/** Options of tests with a stand-in: skipped without what it needs, which is printed; in CI they run, and fail. */
export function needingStandIn(kind: 'arm64' | 'plain'): { skip: boolean } {
  const compiler = kind === 'arm64' && os.machine() !== 'aarch64' ? ['/usr/bin/aarch64-linux-gnu-g++'] : [];
  const missing = [...missingPackages(kind), ...compiler.filter((file) => !fs.existsSync(file))];
  if (missing.length === 0 || process.env.CI) return needing('data');
  console.warn(`skipped, for want of: ${missing.join(', ')}`);
  return { skip: true };
}

/** Sessions of a sshd that serve a connection: killed, the connection is lost. */
export const connectionsOf = ({ pid }: StandIn): number[] => childrenOf(pid);

/** A sshd, its sessions, and all that they run. */
const processesOf = (pid: number): number[] => [pid, ...childrenOf(pid).flatMap(processesOf)];

function childrenOf(pid: number): number[] {
  const all = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return all.map(Number).filter((child) => {
    try {
      const stat = fs.readFileSync(`/proc/${child}/stat`, 'utf8');
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid;
    } catch {
      return false;
    }
  });
}

/** Ends a board as a power cut does: stopped first, parents before children, so that none starts another meanwhile. */
export function cutPower(pid: number): void {
  for (const signal of ['SIGSTOP', 'SIGKILL'] as const) {
    for (const one of processesOf(pid)) {
      try {
        process.kill(one, signal);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it has ended by itself
      }
    }
  }
}
