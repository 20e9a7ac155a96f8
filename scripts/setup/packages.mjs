import fs from 'node:fs';
import path from 'node:path';
import { hashFile, root, run } from './common.mjs';

const stamp = path.join(root, 'node_modules/.weightfold-lock');

/** `npm ci` without lifecycle scripts, unless node_modules already matches the lock file. */
export async function installPackages() {
  const wanted = `${hashFile(path.join(root, 'package-lock.json'))} ${process.platform}-${process.arch}`;
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted) return { changed: false };
  console.error('[setup] npm ci (without lifecycle scripts) ...');
  const args = ['ci', '--ignore-scripts', '--no-fund', '--no-audit', '--loglevel=error'];
  // Under `npm run` the npm that was called is named in npm_execpath; use that one, whatever is on PATH.
  const npm = process.env.npm_execpath;
  if (npm?.endsWith('.js')) await run(process.execPath, [npm, ...args]);
  else await run('npm', args);
  fs.writeFileSync(stamp, wanted);
  return { changed: true, message: 'installed' };
}
