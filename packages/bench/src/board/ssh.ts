import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '@weightfold/base';
import { BoardError } from './errors.js';

/** What a command on a board gave. */
export interface Outcome {
  code: number;
  stdout: Buffer;
  stderr: string;
}

/** What goes into a command, and where pieces of what it prints are told as they come. */
export interface Feed {
  input?: Uint8Array;
  onOutput?: (text: string) => void;
}

/** ssh's own failures end with this. No command of ours does. */
const sshFailed = 255;
const connectSeconds = 10;
/** A link that answers nothing for so long is given up: ServerAliveInterval times ServerAliveCountMax. */
const aliveSeconds = 5;
const aliveCount = 3;
/** What ~/.ssh/config may ask for, and would turn the output of commands into something else, or leave a master behind. */
const ownSettings = [
  ['ControlPersist', 'no'],
  ['RequestTTY', 'no'],
  ['RemoteCommand', 'none'],
  ['ClearAllForwardings', 'yes'],
];

/**
 * One connection of the system's ssh, which honours ~/.ssh/config, agents and jump hosts. A master process holds it
 * (ControlMaster in ssh_config(5)), and every command is a session in it: authentication happens once, and when the master
 * ends, the connection is lost.
 */
export class Ssh {
  private errors = '';
  private ended = false;

  private constructor(
    readonly host: string,
    private readonly words: string[],
    private readonly folder: string,
    private readonly master: ChildProcess,
  ) {
    master.stderr!.on('data', (piece: Buffer) => {
      this.errors = (this.errors + piece.toString()).slice(-4000);
    });
    master.on('close', () => {
      this.ended = true;
    });
    master.on('error', (error) => {
      this.errors = error.message;
      this.ended = true;
    });
  }

  /**
   * Connects. WEIGHTFOLD_SSH_CONFIG names a configuration to use in place of ~/.ssh/config.
   * @param host user@board, user@board:port, or a name of the configuration
   * @throws BoardError saying why there is no connection
   */
  static async open(host: string): Promise<Ssh> {
    const words = sshWords(host);
    // Not os.tmpdir(): a socket's path may have 108 bytes at most (unix(7)).
    const folder = fs.mkdtempSync('/tmp/wf-ssh-');
    const options = settings([
      ...ownSettings,
      ['BatchMode', 'yes'],
      ['ConnectTimeout', `${connectSeconds}`],
      ['ServerAliveInterval', `${aliveSeconds}`],
      ['ServerAliveCountMax', `${aliveCount}`],
    ]);
    // Its own session reads from this process, and ends with it, however that ends.
    const master = spawn('ssh', ['-M', '-S', socketIn(folder), ...options, ...words, 'cat'], {
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    master.stdin.on('error', () => {}); // told by 'close'
    const ssh = new Ssh(host, words, folder, master);
    await ssh.untilConnected();
    return ssh;
  }

  private async untilConnected(): Promise<void> {
    while (!fs.existsSync(socketIn(this.folder))) {
      if (this.ended) {
        fs.rmSync(this.folder, { recursive: true, force: true });
        throw refusal(this.host, this.errors);
      }
      await sleep(20);
    }
  }

  /**
   * Runs a command line in the board's shell and waits for its end.
   * @throws BoardError LOST when the connection breaks meanwhile
   */
  async run(
    command: string,
    { input = new Uint8Array(0), onOutput = () => {} }: Feed = {},
  ): Promise<Outcome> {
    // Without its master a session would connect by itself: ProxyCommand keeps it from that.
    const options = settings([...ownSettings, ['ControlMaster', 'no'], ['ProxyCommand', 'false']]);
    const session = spawn('ssh', ['-S', socketIn(this.folder), ...options, ...this.words, command]);
    const outcome = await outcomeOf(session, input, onOutput);
    if (outcome.code !== sshFailed) return outcome;
    throw new BoardError(`${this.host}: the connection was lost: ${(this.errors || outcome.stderr).trim()}`, {
      code: 'LOST',
      where: this.host,
      hint: 'Does its power supply hold under load? Does its sshd allow several sessions of a connection (MaxSessions)?',
    });
  }

  close(): void {
    this.master.kill();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

const settings = (pairs: string[][]) => pairs.flatMap(([key, value]) => ['-o', `${key}=${value}`]);

const socketIn = (folder: string) => path.join(folder, 's');

/** user@board:port in parts, without the brackets of an IPv6 address. */
function nameAndPort(host: string): { name: string; port: string | undefined } {
  const [, name, port] = /^((?:\w[\w.-]*@)?(?:\w[\w.-]*|\[[\da-f:]+\]))(?::(\d+))?$/i.exec(host) ?? [];
  if (name === undefined) {
    throw new UsageError(`host: expected user@board or user@board:port but received ${host}`, {
      where: 'host',
      expected: 'user@board[:port]',
      received: host,
    });
  }
  return { name: name.replace(/[[\]]/g, ''), port };
}

function sshWords(host: string): string[] {
  const { name, port } = nameAndPort(host);
  const config = process.env.WEIGHTFOLD_SSH_CONFIG;
  const configured = config ? ['-F', config] : [];
  return [...configured, ...(port === undefined ? [] : ['-p', port]), '--', name];
}

function outcomeOf(
  child: ChildProcess,
  input: Uint8Array,
  onOutput: (text: string) => void,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const stdout: Buffer[] = [];
    let stderr = '';
    child.stdout!.on('data', (piece: Buffer) => {
      stdout.push(piece);
      onOutput(piece.toString());
    });
    child.stderr!.on('data', (piece: Buffer) => {
      stderr = (stderr + piece.toString()).slice(-4000);
    });
    child.stdin!.on('error', () => {}); // a command that ends before it has read all tells that itself
    child.stdin!.end(input);
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? sshFailed, stdout: Buffer.concat(stdout), stderr }));
  });
}

/** What ssh's messages mean, and what to do. Only UNREACHABLE may mend itself, as while a board starts. */
const refusals: [pattern: RegExp, code: string, hint: string][] = [
  [
    /HOST IDENTIFICATION HAS CHANGED/,
    'HOST_KEY',
    "Its key is not the one that known_hosts has. If you know why (a new system on the board): ssh-keygen -R '<known>', then connect once by hand.",
  ],
  [/Host key verification failed/, 'HOST_KEY', 'Connect once by hand, and compare the key: ssh <host>'],
  [
    /Permission denied|Too many authentication failures/,
    'DENIED',
    'A key without a passphrase prompt is needed: ssh-copy-id <host>',
  ],
  [/Could not resolve/, 'UNKNOWN_HOST', 'Look at the name, or use the address.'],
  [/ENOENT/, 'NO_SSH', 'apt-get install -y openssh-client'],
];

function refusal(host: string, errors: string): BoardError {
  const [, code, hint] = refusals.find(([pattern]) => pattern.test(errors)) ?? [
    null,
    'UNREACHABLE',
    'Is it switched on and in this network? ssh <host>',
  ];
  const { name, port } = nameAndPort(host);
  const address = name.replace(/^.*@/, '');
  const said = errors
    .trim()
    .split(/\r?\n/)
    .filter((line) => !/^@+|^$/.test(line));
  const reason = said.find((line) => /denied|failed|refused|timed out|resolve|CHANGED|No route/i.test(line));
  return new BoardError(`${host} cannot be reached: ${(reason ?? said.at(-1) ?? 'ssh ended').trim()}`, {
    code,
    where: host,
    received: said.join(' ').slice(0, 300) || undefined,
    hint: hint
      .replace('<host>', port ? `-p ${port} ${name}` : name)
      .replace('<known>', port ? `[${address}]:${port}` : address),
  });
}

/** The name of this machine, for locks. */
export const thisHost = os.hostname();
