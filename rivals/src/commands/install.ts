// Installs the pinned Python rivals into the cache folder and prints their PYTHONPATH on standard output.
import { WeightfoldError } from '@weightfold/base';
import { installRivals } from '../install.js';

try {
  console.log(await installRivals((message) => console.error(message)));
} catch (error) {
  if (!(error instanceof WeightfoldError)) throw error;
  console.error([error.message, error.hint].filter(Boolean).join('\n'));
  process.exitCode = error.exitCode;
}
