// Run in a package's folder by its build, before tsc adds the declarations: joins what every entry point of the package is made of into one module, because
// Node takes longer to open a hundred modules than to load a model. Other packages stay outside. rolldown -c ../../rolldown.config.mjs
import fs from 'node:fs';
import path from 'node:path';
import { defineConfig } from 'rolldown';

const { exports } = JSON.parse(fs.readFileSync('package.json', 'utf8'));
const entries = Object.values(exports).map((entry) => {
  const name = path.relative('dist', entry.default).replace(/\.js$/, '');
  return [name, entry['@weightfold/source']];
});

export default defineConfig({
  input: Object.fromEntries(entries),
  platform: 'node',
  external: (id) => !id.startsWith('.') && !path.isAbsolute(id),
  output: {
    dir: 'dist',
    cleanDir: true,
    format: 'esm',
    entryFileNames: '[name].js',
    // Beside index.js, so that what looks for files relative to itself (addon-file.ts) finds them from any of these.
    chunkFileNames: 'shared-[name].js',
    sourcemap: true,
  },
});
