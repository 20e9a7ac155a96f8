export { duration } from './duration.js';
export type { CpuTexts } from './emulation.js';
export {
  emulatedHere,
  emulation,
  expectHardware,
  startTimer,
  timeOrNull,
  timesRefused,
} from './emulation.js';
export type { ErrorDetails } from './errors.js';
export {
  ExitCode,
  expectBytes,
  namingFile,
  UnsupportedError,
  UsageError,
  WeightfoldError,
} from './errors.js';
export { cacheDir, cannotWrite, makeFolder, removeTemporaries, sha256Hex, writeFileAtomic } from './files.js';
export { atOnce, inTurns, type Parts, turn } from './turns.js';
