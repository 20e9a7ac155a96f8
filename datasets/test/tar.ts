import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { create } from 'tar';

/** A new .tar.gz with these members, in this order. */
export async function tarOf(members: Record<string, Uint8Array>): Promise<string> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-tar-'));
  for (const [name, content] of Object.entries(members)) {
    const file = path.join(folder, 'files', name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, content);
  }
  const file = path.join(folder, 'archive.tar.gz');
  const options = { file, cwd: path.join(folder, 'files'), gzip: { level: 1 } };
  await create(options, Object.keys(members));
  return file;
}
