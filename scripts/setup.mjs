#!/usr/bin/env node
// Makes a fresh clone ready: npm packages, native TensorFlow for tfjs-node, the C++ addon, compiled TypeScript.
// Uses Node's own modules only, because nothing else is installed yet. Every step checks first and does nothing
// when its result is already there, so that `npm run demo` and `npm test` may always call it.
//
//   -v                             also what cmake says; it is shown in any case when it fails
//   TFJS_NATIVE=auto|require|off   what to do when native TensorFlow cannot be had (default auto: warn and go on)
import { buildTypeScript } from './setup/build.mjs';
import { SetupError, secondsSince } from './setup/common.mjs';
import { buildAddon } from './setup/native-addon.mjs';
import { installPackages } from './setup/packages.mjs';
import { checkPrerequisites } from './setup/prerequisites.mjs';
import { setUpTfjs } from './setup/tfjs-native.mjs';

const steps = [
  ['prerequisites', checkPrerequisites],
  ['npm packages', installPackages],
  ['native TensorFlow', setUpTfjs],
  ['native addon', buildAddon],
  ['TypeScript', buildTypeScript],
];

async function main() {
  const started = Date.now();
  let changed = false;
  for (const [name, run] of steps) {
    const result = await run();
    changed ||= result.changed;
    if (result.changed) console.error(`[setup] ${name}: ${result.message} (${secondsSince(started)})`);
  }
  console.error(`[setup] ${changed ? 'done' : 'all is there'} (${secondsSince(started)})`);
}

main().catch((error) => {
  if (!(error instanceof SetupError)) throw error;
  console.error(`\n[setup] ${error.message}`);
  if (error.remedy) console.error(`[setup] To mend it:\n\n    ${error.remedy}\n`);
  process.exit(1);
});
