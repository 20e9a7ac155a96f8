import { needing } from '@weightfold/test-support';
import { missingArmPackages } from '../src/emulated/emulator.js';

/** Options of tests that run arm64 programs on real models: skipped without what that needs, which is printed; in CI they run, and fail. */
export function needingArm(): { skip: boolean } {
  const missing = missingArmPackages();
  if (missing.length === 0 || process.env.CI) return needing('data');
  console.warn(`skipped, for want of: ${missing.join(', ')}`);
  return { skip: true };
}
