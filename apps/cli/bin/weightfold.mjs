#!/usr/bin/env node
// A committed launcher: npm links no file that is not there yet, and dist/ comes only with the build.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = new URL('../dist/main.js', import.meta.url);
if (!existsSync(fileURLToPath(main))) {
  process.stderr.write('weightfold is not built yet. Run: npm run setup\n');
  process.exit(1);
}
try {
  await import(main.href);
} catch (error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  process.stderr.write(`weightfold is not fully installed. Run: npm run setup\n  ${error.message}\n`);
  process.exit(1);
}
