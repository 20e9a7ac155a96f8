import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, run } from './common.mjs';

const script = path.join(root, 'packages/runtime-native/scripts/build-native.mjs');

/** Builds the C++ addon of runtime-native by cmake-js, unless it is newer than its sources. */
export async function buildAddon() {
  const { nativeUpToDate } = await import(pathToFileURL(script).href);
  if (nativeUpToDate()) return { changed: false };
  console.error('[setup] building the native addon with cmake-js ...');
  await run(process.execPath, [script], { quiet: true });
  return { changed: true, message: 'built' };
}
