import { setTimeout as sleep } from 'node:timers/promises';
import { BoardError } from './errors.js';
import { type Feed, type Outcome, Ssh } from './ssh.js';

/** A command during which the connection is lost so often is what breaks it, or is refused a session. */
const mostLosses = 5;
const pausesMs = [200, 500, 1000, 2000, 5000];

/**
 * A board that is worked with for a while. Commands run again after the connection was lost, so they must be such that this does no
 * harm; while it cannot be made again, as while a board restarts, it is tried for `patienceSeconds`.
 */
export class Connection {
  reconnects = 0;
  /** Runs after the connection was made again, before the command that lost it runs again; what it throws ends that command. */
  onReconnect: (() => Promise<void>) | null = null;
  private restoring = false;

  private constructor(
    readonly host: string,
    private ssh: Ssh,
    private readonly patienceSeconds: number,
    private readonly onProgress: (message: string) => void,
  ) {}

  /** @throws BoardError at once when the first connection fails */
  static async open(
    host: string,
    patienceSeconds: number,
    onProgress: (message: string) => void,
  ): Promise<Connection> {
    return new Connection(host, await Ssh.open(host), patienceSeconds, onProgress);
  }

  /** Runs a command line. @throws BoardError LOST when the connection breaks each time; UNREACHABLE when the board does not come back in time */
  async run(command: string, feed: Feed = {}): Promise<Outcome> {
    for (let losses = 1; ; losses++) {
      try {
        if (losses > 1) await this.restore();
        return await this.ssh.run(command, feed);
      } catch (error) {
        const isLost = error instanceof BoardError && error.code === 'LOST';
        // While something is restored, a loss counts as one of the command that it is restored for.
        if (!isLost || losses === mostLosses || this.restoring) throw error;
        this.onProgress(error.message);
        await this.reconnect();
      }
    }
  }

  /** Runs a command line that must succeed, and returns what it printed. @throws BoardError with what it said */
  async bytes(command: string, what: string, input?: Uint8Array): Promise<Buffer> {
    const { code, stdout, stderr } = await this.run(command, input ? { input } : {});
    if (code === 0) return stdout;
    const full = /No space left on device|Disk quota exceeded/i.test(stderr);
    throw new BoardError(`${this.host}: ${what} failed: ${stderr.trim() || `exit code ${code}`}`, {
      code: full ? 'BOARD_FULL' : 'BOARD_FAILED',
      where: this.host,
      hint: full ? 'Free some space there, or give a folder on another disk: --board-dir' : undefined,
    });
  }

  /** The same as text. */
  async output(command: string, what: string, input?: Uint8Array): Promise<string> {
    return (await this.bytes(command, what, input)).toString();
  }

  private async restore(): Promise<void> {
    this.restoring = true;
    try {
      await this.onReconnect?.();
    } finally {
      this.restoring = false;
    }
  }

  private async reconnect(): Promise<void> {
    this.ssh.close();
    const end = performance.now() + this.patienceSeconds * 1000;
    for (let attempt = 0; ; attempt++) {
      await sleep(pausesMs[Math.min(attempt, pausesMs.length - 1)]);
      try {
        this.ssh = await Ssh.open(this.host);
        this.reconnects++;
        this.onProgress(`${this.host}: connected again`);
        return;
      } catch (error) {
        const mayCome = error instanceof BoardError && error.code === 'UNREACHABLE';
        if (!mayCome || performance.now() > end) throw error;
      }
    }
  }

  close(): void {
    this.ssh.close();
  }
}

/** Quotes a word for a POSIX shell. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
