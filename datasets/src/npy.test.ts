import { constants } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { type Npy, readNpy, writeNpy } from './npy.js';
import { loadNpy } from './npy-pair.js';

const sample: Npy = { dtype: 'float32', shape: [2, 3], data: Float32Array.from([1, -2, 3.5, 0, 1e-3, 7]) };

it('writes what it reads, for every element type', () => {
  const samples: Npy[] = [
    sample,
    { dtype: 'int8', shape: [3], data: Int8Array.from([-128, 0, 127]) },
    { dtype: 'uint8', shape: [], data: Uint8Array.from([9]) },
    { dtype: 'int32', shape: [1, 2, 1], data: Int32Array.from([-5, 2 ** 30]) },
    { dtype: 'int64', shape: [2], data: BigInt64Array.from([-1n, 2n ** 40n]) },
    { dtype: 'float64', shape: [0, 4], data: new Float64Array(0) },
  ];
  for (const npy of samples) {
    const bytes = writeNpy(npy);
    expect(readNpy(bytes)).toEqual(npy);
    expect((bytes.length - npy.data.byteLength) % 64).toBe(0); // NEP 1: the data starts at a multiple of 64
  }
});

it('reads data at any place of a larger buffer, and shares memory where the place allows it', () => {
  const bytes = writeNpy(sample);
  const buffer = Buffer.alloc(bytes.length + 3);
  for (const place of [0, 3]) {
    buffer.set(bytes, place);
    const { data } = readNpy(buffer.subarray(place, place + bytes.length));
    expect([...data]).toEqual([...sample.data]);
    expect(data.buffer === buffer.buffer).toBe((buffer.byteOffset + place) % 4 === 0);
  }
});

it('reads the header as numpy 2.4 writes it', () => {
  // Bytes of numpy.save(f, numpy.array([[1, 2], [3, 4]], "int16")), copied from a numpy session.
  const header = "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 2), }";
  const bytes = Buffer.concat([
    Buffer.from('934e554d50590100', 'hex'),
    Buffer.from([118, 0]),
    Buffer.from(`${header.padEnd(117)}\n`),
    Buffer.from(Int16Array.from([1, 2, 3, 4]).buffer),
  ]);
  expect(readNpy(bytes)).toEqual({ dtype: 'int16', shape: [2, 2], data: Int16Array.from([1, 2, 3, 4]) });
});

it('is judged by the reader in Python’s own documentation: ast.literal_eval of the header', () => {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'wf-npy-')), 'a.npy');
  fs.writeFileSync(file, writeNpy(sample));
  const code = `import ast,struct,sys
b=open(sys.argv[1],'rb').read(); n=struct.unpack('<H',b[8:10])[0]; h=ast.literal_eval(b[10:10+n].decode('latin1'))
print(h['descr'],h['fortran_order'],h['shape'],struct.unpack('<6f',b[10+n:])[1])`;
  expect(execFileSync('python3', ['-c', code, file], { encoding: 'utf8', timeout: 100_000 }).trim()).toBe(
    '<f4 False (2, 3) -2.0',
  );
});

it('refuses damaged files and says where', () => {
  const good = writeNpy(sample);
  expect(() => readNpy(good.subarray(0, good.length - 1))).toThrow(
    /expected 24 bytes of data .* but received 23/,
  );
  expect(() => readNpy(Buffer.concat([good, Buffer.from([0])]))).toThrow(/but received 25/);
  expect(() => readNpy(Buffer.from('not an array'))).toThrow(/magic/);
  const fortran = Buffer.from(Buffer.from(good).toString('latin1').replace('False', 'True '), 'latin1');
  expect(() => readNpy(fortran)).toThrow(/C order/);
  const complex = Buffer.from(Buffer.from(good).toString('latin1').replace('<f4', '<c8'), 'latin1');
  expect(() => readNpy(complex)).toThrow(/descr.*<c8/);
});

// Node 22 holds more in one array than any disk.
it.skipIf(constants.MAX_LENGTH > 2 ** 40)('names the limit for a file that is too large', () => {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'wf-npy-')), 'large.npy');
  fs.writeFileSync(file, '');
  fs.truncateSync(file, constants.MAX_LENGTH + 1); // sparse: takes no space
  expect(() => loadNpy(file)).toThrow(new RegExp(`at most ${constants.MAX_LENGTH} bytes.* but received`));
  fs.rmSync(file);
});
