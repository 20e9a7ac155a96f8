import fs from 'node:fs';
import { inflateRawSync } from 'node:zlib';

/** The .npy files inside an .npz (a zip archive; APPNOTE.TXT 4.3.12: central directory headers), by name. */
export function readNpz(file: string): Record<string, Uint8Array> {
  const zip = fs.readFileSync(file);
  const end = zip.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  const entries: Record<string, Uint8Array> = {};
  let at = zip.readUInt32LE(end + 16);
  for (let n = zip.readUInt16LE(end + 10); n > 0; n--) {
    const [method, size] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 20)];
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset)) as [
      number,
      number,
      number,
    ];
    const local = zip.readUInt32LE(at + 42);
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const raw = zip.subarray(start, start + size);
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength).replace(/\.npy$/, '');
    entries[name] = method === 0 ? raw : inflateRawSync(raw);
    at += 46 + nameLength + extra + comment;
  }
  return entries;
}
