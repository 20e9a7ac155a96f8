import { sha256Hex } from '@weightfold/base';
import { type Connection, quoted } from './connection.js';
import { BoardError } from './errors.js';
import { type TarFile, tarOf } from './tar.js';

/** A file that a board is to have. On the board its name is its sha256: what is there already, and whole, is not sent again. */
export interface BoardFile {
  bytes: Uint8Array;
  sha256: string;
  executable: boolean;
}

export function boardFile(bytes: Uint8Array, executable = false): BoardFile {
  return { bytes, sha256: sha256Hex(bytes), executable };
}

/**
 * Brings files to a folder of the board by a tar stream, and has the board compute their hashes. Returns how many it had not.
 * @throws BoardError when the board has no space or no sha256sum, or gets other bytes than were sent
 */
export async function deploy(
  connection: Connection,
  folder: string,
  files: readonly BoardFile[],
  onProgress: (message: string) => void,
): Promise<number> {
  const wanted: TarFile[] = files.map(({ bytes, sha256, executable }) => ({
    name: sha256,
    bytes,
    mode: executable ? 0o755 : 0o644,
  }));
  const distinct = [...new Map(wanted.map((file) => [file.name, file])).values()];
  const there = await intact(
    connection,
    folder,
    distinct.map(({ name }) => name),
  );
  const missing = distinct.filter(({ name }) => !there.has(name));
  if (missing.length > 0) await send(connection, folder, missing, onProgress);
  return missing.length;
}

async function send(
  connection: Connection,
  folder: string,
  files: TarFile[],
  onProgress: (message: string) => void,
): Promise<void> {
  const archive = tarOf(files);
  onProgress(`${connection.host}: sending ${files.length} files, ${archive.length} bytes, to ${folder}`);
  const unpack = `mkdir -p ${quoted(folder)} && cd ${quoted(folder)} && tar xf -`;
  await connection.output(unpack, `unpacking into ${folder}`, archive);
  const names = files.map(({ name }) => name);
  const arrived = await intact(connection, folder, names);
  const damaged = names.filter((name) => !arrived.has(name));
  if (damaged.length === 0) return;
  throw new BoardError(
    `${connection.host}: ${damaged.length} files arrived with other bytes than were sent`,
    {
      code: 'BOARD_FAILED',
      where: `${folder}/${damaged[0]}`,
      hint: 'Its disk or memory may be failing: look at dmesg there.',
    },
  );
}

/** Those of the files that the board has with the bytes that their names tell. */
async function intact(connection: Connection, folder: string, names: string[]): Promise<Set<string>> {
  const command = `cd ${quoted(folder)} 2>/dev/null || exit 0; sha256sum ${names.join(' ')} 2>/dev/null; exit 0`;
  const text = await connection.output(command, 'computing hashes');
  const lines = text.split('\n').map((line) => line.split(/\s+\*?/));
  return new Set(lines.filter(([hash, name]) => hash === name).map(([hash]) => hash!));
}
