import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Header } from 'tar';
import { expect, it } from 'vitest';
import { readTar } from './tar.js';

it('reads no member that claims to be larger than any file of a data set', async () => {
  const header = Buffer.alloc(1024);
  new Header({ path: 'yes/a.wav', size: 2 ** 33, mode: 0o644, type: 'File' }).encode(header);
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'wf-tar-')), 'a.tar');
  fs.writeFileSync(file, header);
  const read = readTar(
    file,
    () => true,
    () => {},
  );
  await expect(read).rejects.toThrow(
    /a.tar, yes.a.wav: expected members of at most 268435456 bytes.*8589934592/,
  );
});
