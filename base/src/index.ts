export type { ErrorDetails } from './errors.js';
export { ExitCode, UnsupportedError, UsageError, WeightfoldError } from './errors.js';
export { cacheDir, removeTemporaries, sha256Hex, writeFileAtomic } from './files.js';
