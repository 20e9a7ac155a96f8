/** A file for a board. */
export interface TarFile {
  name: string;
  bytes: Uint8Array;
  mode: number;
}

const blockBytes = 512;

/** A tar archive of files in one folder (ustar: POSIX.1-2017, pax, "ustar Interchange Format"). Names of at most 100 bytes. */
export function tarOf(files: readonly TarFile[]): Uint8Array {
  const pieces = files.flatMap(({ name, bytes, mode }) => [
    header(name, bytes.length, mode),
    bytes,
    new Uint8Array((blockBytes - (bytes.length % blockBytes)) % blockBytes),
  ]);
  return Buffer.concat([...pieces, new Uint8Array(2 * blockBytes)]);
}

function header(name: string, bytes: number, mode: number): Uint8Array {
  const block = Buffer.alloc(blockBytes);
  const octal = (value: number, at: number, digits: number) =>
    block.write(`${value.toString(8).padStart(digits, '0')}\0`, at);
  block.write(name, 0);
  octal(mode, 100, 7);
  octal(0, 108, 7); // owner and group: who unpacks it
  octal(0, 116, 7);
  octal(bytes, 124, 11);
  octal(0, 136, 11); // the beginning of 1970
  block.fill(' ', 148, 156); // the checksum counts itself as blanks
  block.write('0', 156); // an ordinary file
  block.write('ustar\x0000', 257);
  octal(
    block.reduce((sum, byte) => sum + byte, 0),
    148,
    6,
  );
  return block;
}
