// Which sources an addon was built from. CommonJS, so that the build scripts and the loader both may call it without waiting.
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const packageDir = path.resolve(__dirname, '..');
const others = [
  'scripts/build-native.mjs',
  'scripts/cross.mjs',
  'scripts/no-weak-symbols.cmake',
  'cmake/aarch64-linux-gnu.cmake',
  'cmake/arm-linux-gnueabihf.cmake',
  'CMakeLists.txt',
];

/** Every file that the addon and its C++ tests are made from. Some of them are missing in a package that came without sources. */
function sourceFiles() {
  const native = path.join(packageDir, 'native');
  const entries = fs.existsSync(native)
    ? fs.readdirSync(native, { recursive: true, withFileTypes: true })
    : [];
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  return [...files, ...others.map((name) => path.join(packageDir, name))].sort();
}

/** SHA-256 of their names and contents, or null where they are not all here. Takes some milliseconds. */
function sourceHash() {
  const files = sourceFiles();
  if (files.length === others.length || !files.every((file) => fs.existsSync(file))) return null;
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${path.relative(packageDir, file)}\0`).update(fs.readFileSync(file));
  return hash.digest('hex');
}

/** Where the file is that says what an addon was built from. */
function stampOf(addon) {
  return `${addon}.json`;
}

/** True unless the sources are here and the addon was built from others. */
function isCurrent(addon) {
  const now = sourceHash();
  if (now === null) return true;
  const stamp = stampOf(addon);
  return fs.existsSync(stamp) && JSON.parse(fs.readFileSync(stamp, 'utf8')).sources === now;
}

module.exports = { packageDir, sourceHash, stampOf, isCurrent };
