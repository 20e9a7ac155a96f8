import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { registerArm64 } from '../emulated/binfmt.js';
import { BoardError } from './errors.js';

/** A sshd on loopback that stands in for a board. */
export interface StandIn {
  host: string;
  /** For WEIGHTFOLD_SSH_CONFIG: keys and addresses; ~/.ssh is left alone. */
  sshConfig: string;
  /** Of the sshd that listens. */
  pid: number;
  stop(): Promise<void>;
}

/** Programs that it needs, and the Debian packages that have them. */
const tools: Record<string, string> = {
  '/usr/sbin/sshd': 'openssh-server',
  'ssh-keygen': 'openssh-client',
};
const armTools: Record<string, string> = {
  mmdebstrap: 'mmdebstrap',
  'qemu-aarch64-static': 'qemu-user-static',
  unshare: 'util-linux',
};

/** Milliseconds that making one may take: an arm64 root is fetched from Debian's mirror. */
export const standInLimitMs = 300_000;

/** Debian packages that are missing for a stand-in. */
export function missingPackages(kind: 'arm64' | 'plain'): string[] {
  const needed = kind === 'arm64' ? { ...tools, ...armTools } : tools;
  const folders = ['', ...(process.env.PATH ?? '').split(path.delimiter)];
  return Object.entries(needed)
    .filter(([tool]) => !folders.some((folder) => fs.existsSync(path.join(folder, tool))))
    .map(([, name]) => name);
}

/**
 * Starts a sshd that only this user's new key opens. Commands of an `arm64` one run in an arm64 Debian root with busybox and nothing
 * else, under qemu as `cpu`; those of a `plain` one run on this machine as they are.
 * @param dir where keys and root are kept; what is there is used again
 * @throws BoardError naming the packages that are missing, or what sshd says
 */
export async function startStandIn(
  dir: string,
  kind: 'arm64' | 'plain',
  port: number,
  cpu = 'cortex-a76',
): Promise<StandIn> {
  const missing = missingPackages(kind);
  if (missing.length > 0) {
    throw new BoardError(`a stand-in board needs ${missing.join(', ')}`, {
      code: 'NO_STAND_IN',
      hint: `apt-get install -y --no-install-recommends ${missing.join(' ')}`,
    });
  }
  fs.mkdirSync(dir, { recursive: true });
  const at = (name: string) => path.join(dir, name);
  for (const key of ['host_key', 'user_key']) {
    if (!fs.existsSync(at(key))) run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(key)]);
  }
  fs.copyFileSync(at('user_key.pub'), at('authorized_keys'));
  if (kind === 'arm64') makeArmRoot(at('root'));
  fs.writeFileSync(at('shell'), armShell(at('root'), cpu), { mode: 0o755 });
  fs.writeFileSync(at('sshd_config'), serverConfig(dir, kind, port));
  const key = fs.readFileSync(at('host_key.pub'), 'utf8').split(' ').slice(0, 2).join(' ');
  fs.writeFileSync(at('known_hosts'), `[127.0.0.1]:${port} ${key}\n`);
  fs.writeFileSync(at('ssh_config'), clientConfig(dir, port));
  if (process.getuid?.() === 0) fs.mkdirSync('/run/sshd', { recursive: true }); // sshd as root wants it
  const sshd = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', at('sshd_config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await untilListening(sshd, port);
  return { host: 'stand-in', sshConfig: at('ssh_config'), pid: sshd.pid!, stop: () => stopped(sshd) };
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill();
  await once(child, 'exit');
}

function run(command: string, words: string[]): void {
  const { status, stderr, error } = spawnSync(command, words, { encoding: 'utf8', timeout: standInLimitMs });
  if (status === 0) return;
  const said = error?.message ?? stderr.trim().split('\n').slice(-3).join(' ');
  throw new BoardError(`a stand-in board: ${command} failed: ${said}`, { code: 'NO_STAND_IN' });
}

/** An arm64 Debian root of 2 MB: busybox, linked statically. */
function makeArmRoot(root: string): void {
  if (fs.existsSync(path.join(root, 'bin/busybox'))) return;
  fs.rmSync(root, { recursive: true, force: true });
  run('mmdebstrap', [
    '--quiet',
    '--variant=extract',
    '--arch=arm64',
    '--include=busybox-static',
    'bookworm',
    root,
  ]);
  for (const name of ['proc', 'root', 'small', 'dev'])
    fs.mkdirSync(path.join(root, name), { recursive: true });
}

/**
 * Runs one command in the root. Programs for arm64 are given to qemu in the command's own user namespace. /small is a memory disk of 64 KiB, to fill up.
 * The command is a child of the namespace's first process, which no signal ends by itself: that of a lost connection must end it.
 */
function armShell(root: string, cpu: string): string {
  return `#!/bin/bash
export ROOT=${JSON.stringify(root)} COMMAND="\${SSH_ORIGINAL_COMMAND:-busybox sh -l}" QEMU_CPU=${JSON.stringify(cpu)}
exec unshare -Urmpf --kill-child --mount-proc="$ROOT/proc" bash -c '
${registerArm64('$(command -v qemu-aarch64-static)')}
mount --rbind /dev "$ROOT/dev"
mount -t tmpfs -o size=64k tmpfs "$ROOT/small"
chroot "$ROOT" /bin/busybox env -i PATH=/usr/bin:/bin HOME=/root QEMU_CPU=$QEMU_CPU /bin/busybox sh -c "$COMMAND" || exit $?'
`;
}

function serverConfig(dir: string, kind: 'arm64' | 'plain', port: number): string {
  return `${[
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${dir}/host_key`,
    `PidFile ${dir}/sshd.pid`,
    `AuthorizedKeysFile ${dir}/authorized_keys`,
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'UsePAM no',
    'StrictModes no',
    ...(kind === 'arm64' ? [`ForceCommand ${dir}/shell`] : []),
  ].join('\n')}\n`;
}

function clientConfig(dir: string, port: number): string {
  return `${[
    'Host stand-in',
    '  HostName 127.0.0.1',
    `  Port ${port}`,
    `  IdentityFile ${dir}/user_key`,
    '  IdentitiesOnly yes',
    `  UserKnownHostsFile ${dir}/known_hosts`,
    '  StrictHostKeyChecking yes',
  ].join('\n')}\n`;
}

async function untilListening(sshd: ChildProcess, port: number): Promise<void> {
  let said = '';
  sshd.stderr!.on('data', (piece: Buffer) => {
    said = (said + piece.toString()).slice(-2000);
  });
  for (;;) {
    if (sshd.exitCode !== null) {
      throw new BoardError(`sshd does not start: ${said.trim().split('\n').at(-1)}`, { code: 'NO_STAND_IN' });
    }
    if (await accepts(port)) return;
    await sleep(50);
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** A port on loopback that is free now. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  return port;
}
