import type { Reading } from '../context/local.js';
import { machinePatterns } from '../context/machine-files.js';
import { type Connection, quoted } from './connection.js';
import { BoardError } from './errors.js';

/** What a board is. */
export interface Board {
  /** As `uname -m` tells: aarch64, armv7l, x86_64. */
  arch: string;
  /** Of its programs: a 64-bit kernel may have a userland of 32 bits. Null where it does not tell. */
  bits: number | null;
  /** Version of Node there, null without one. */
  node: string | null;
  libc: string | null;
  home: string;
}

const mark = '==weightfold==';

/** Prints facts and files, each below a line that names it. POSIX shell, and nothing that busybox lacks. */
const script = `
say() { printf '\\n${mark} %s\\n' "$1"; }
say arch; uname -m
say bits; getconf LONG_BIT 2>/dev/null
say elf; head -c 5 /proc/self/exe | od -An -tu1
say node; node --version 2>/dev/null
say libc; getconf GNU_LIBC_VERSION 2>/dev/null || ldd --version 2>&1 | head -n 1
say home; printf '%s\\n' "$HOME"
say throttled; vcgencmd get_throttled 2>/dev/null
for file in ${machinePatterns.join(' ')}; do
  [ -r "$file" ] && { say "$file"; cat "$file" 2>/dev/null; }
done
exit 0`;

/** Looks at a board. @throws BoardError when what answers is no Linux shell */
export async function probe(connection: Connection): Promise<{ board: Board; reading: Reading }> {
  const text = await connection.output(`sh -c ${quoted(script)}`, 'looking at it');
  const parts = text.split(`\n${mark} `).slice(1);
  const said = new Map(
    parts.map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)]),
  );
  const fact = (name: string) => said.get(name)?.trim() || null;
  const [arch, home] = [fact('arch'), fact('home')];
  if (arch === null || home === null) {
    throw new BoardError(
      `${connection.host}: expected a Linux shell but received ${text.slice(0, 80).trim()}`,
      {
        code: 'NO_LINUX',
        where: connection.host,
      },
    );
  }
  const files = new Map([...said].filter(([name]) => name.startsWith('/')));
  return {
    board: {
      arch,
      home,
      bits: bitsOf(fact('bits'), fact('elf')),
      node: fact('node'),
      libc: /not found/.test(fact('libc') ?? '') ? null : fact('libc'),
    },
    reading: { files, throttled: fact('throttled'), at: performance.now() },
  };
}

/** By getconf(1), or where there is none, as in busybox, by the class of the ELF header of a program there (elf(5): 1 or 2 in the fifth byte). */
export function bitsOf(longBit: string | null, elf: string | null): number | null {
  if (longBit === '32' || longBit === '64') return Number(longBit);
  const [magic, , , , elfClass] = (elf ?? '').split(/\s+/);
  return magic === '127' && (elfClass === '1' || elfClass === '2') ? 32 * Number(elfClass) : null;
}
