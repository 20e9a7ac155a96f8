import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { root, SetupError } from './common.mjs';

/** Compiles every package to dist/ through turbo, which skips what has not changed. */
export function buildTypeScript() {
  const turbo = path.join(root, 'node_modules/.bin/turbo');
  const result = spawnSync(turbo, ['run', 'build', '--output-logs=errors-only', '--ui=stream'], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1' },
  });
  if (result.error)
    throw new SetupError(`cannot start turbo: ${result.error.message}`, 'rm -rf node_modules, then again');
  if (result.status !== 0)
    throw new SetupError(`the TypeScript build failed:\n${result.stdout}${result.stderr}`);
  const cached = /Cached:\s+(\d+) cached, (\d+) total/.exec(result.stdout);
  const changed = cached === null || cached[1] !== cached[2];
  return { changed, message: 'compiled' };
}
