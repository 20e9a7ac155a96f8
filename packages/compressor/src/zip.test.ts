import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { zipBytes } from './zip.js';

it('is the size of the archive that Python’s zipfile writes with level 9', () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-zip-'));
  const data = Uint8Array.from({ length: 20_000 }, (_, i) => (i * i) % 251);
  fs.writeFileSync(path.join(dir, 'model.tflite'), data);
  const script = [
    'import os, zipfile',
    "z = zipfile.ZipFile('a.zip', 'w', zipfile.ZIP_DEFLATED, compresslevel=9)",
    "z.write('model.tflite'); z.close()",
    "print(os.path.getsize('a.zip'))",
  ].join('\n');
  expect(zipBytes(data)).toBe(Number(execFileSync('python3', ['-c', script], { cwd: dir }).toString()));
});
