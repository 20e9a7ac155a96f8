import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { type Connection, quoted } from './connection.js';
import { BoardError } from './errors.js';
import { thisHost } from './ssh.js';

const ownerSchema = z.object({
  token: z.string(),
  host: z.string(),
  pid: z.number(),
  /** Of the board, when it was locked: after a restart nobody measures any more. */
  bootId: z.string(),
});
type Owner = z.infer<typeof ownerSchema>;

/** A lock whose owner has not touched it for so long is left over. */
const staleSeconds = 600;
const mostTries = 3;
/** A new number with each start (random(4)). */
const bootIdFile = '/proc/sys/kernel/random/boot_id';

/** The lock of a board: two measurements at once would disturb each other. */
export class BoardLock {
  private readonly token = randomBytes(8).toString('hex');

  private constructor(
    private readonly connection: Connection,
    private readonly folder: string,
  ) {}

  /**
   * Takes the lock in a folder of the board, and again whenever the connection was lost. One that a dead process of this machine
   * holds, or that is older than the board's last start or ten minutes without a sign of life, is taken over.
   * @throws BoardError BOARD_BUSY naming who holds it
   */
  static async take(connection: Connection, folder: string): Promise<BoardLock> {
    const lock = new BoardLock(connection, folder);
    await lock.ensure();
    connection.onReconnect = () => lock.ensure();
    return lock;
  }

  /**
   * Takes the lock unless it is held already. A board that restarted may have lost it; if not, it is one from before the last start,
   * which others would take over.
   * @throws BoardError BOARD_BUSY naming who took it meanwhile
   */
  async ensure(): Promise<void> {
    const bootId = (await this.run(`cat ${bootIdFile} 2>/dev/null || echo unknown`)).trim();
    const owner = { token: this.token, host: thisHost, pid: process.pid, bootId };
    for (let tries = 1; ; tries++) {
      const holder = await this.tryTake(owner);
      if (holder === null) return;
      // One that cannot be removed, as that of another user, is no less taken.
      if (!isLeftOver(holder, owner) || tries === mostTries) throw taken(this.connection.host, holder);
      await this.run(`mv lock lock-${this.token} 2>/dev/null; rm -rf lock-${this.token}`);
    }
  }

  /** Null when it is ours now, else who holds it and for how long there was no sign of life. */
  private async tryTake(mine: Owner): Promise<(Owner & { idle: number }) | null> {
    const text = await this.run(
      `if mkdir lock 2>/dev/null; then printf %s ${quoted(JSON.stringify(mine))} > lock/owner && echo taken; ` +
        'else cat lock/owner 2>/dev/null; echo; echo $(( $(date +%s) - $(stat -c %Y lock/owner 2>/dev/null || stat -c %Y lock) )); fi',
    );
    if (text.trim() === 'taken') return null;
    const [owner, idle] = text.trimEnd().split('\n');
    const holder = parseOwner(owner);
    const isMine = holder.token === mine.token && holder.bootId === mine.bootId;
    return isMine ? null : { ...holder, idle: Number(idle) };
  }

  /** Shows that its owner is alive; for the beginning of other commands. */
  get touch(): string {
    return `touch ${quoted(`${this.folder}/lock/owner`)} 2>/dev/null; `;
  }

  async release(): Promise<void> {
    this.connection.onReconnect = null;
    await this.run(`grep -q ${this.token} lock/owner 2>/dev/null && rm -rf lock; exit 0`);
  }

  private run(command: string): Promise<string> {
    const folder = quoted(this.folder);
    return this.connection.output(`mkdir -p ${folder} && cd ${folder} && { ${command}; }`, 'locking it');
  }
}

/** A lock whose owner was not written whole belongs to nobody that lives for long: it becomes stale. */
function parseOwner(text: string | undefined): Owner {
  try {
    return ownerSchema.parse(JSON.parse(text ?? ''));
  } catch {
    return { token: '', host: 'unknown', pid: 0, bootId: '' };
  }
}

function isLeftOver(holder: Owner & { idle: number }, { host, bootId }: Owner): boolean {
  if (holder.idle > staleSeconds || (holder.bootId !== '' && holder.bootId !== bootId)) return true;
  return holder.host === host && !isAlive(holder.pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function taken(board: string, { host, pid, idle }: Owner & { idle: number }): BoardError {
  return new BoardError(`${board} is being measured by process ${pid} of ${host}, seen ${idle} s ago`, {
    code: 'BOARD_BUSY',
    where: board,
    hint: `Wait for it. After ${staleSeconds} s without a sign of life its lock is taken over.`,
  });
}
