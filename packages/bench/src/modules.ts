import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { sha256Hex } from '@weightfold/base';

const require = createRequire(import.meta.url);

/** What tells files from others: a hash of their contents, in this order. */
export const hashOfFiles = (files: string[]): string =>
  sha256Hex(Buffer.concat(files.map((file) => Buffer.from(sha256Hex(fs.readFileSync(file)), 'hex'))));

/** Paths of the modules in a folder and below: compiled ones, or sources where those run, as in tests. */
export const modulesIn = (folder: string): string[] =>
  fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /(?<!\.d|\.test)\.[jt]s$/.test(name))
    .sort()
    .map((name) => path.join(folder, name));

/** Paths of the modules that a package consists of here. */
export const modulesOf = (name: string): string[] => modulesIn(path.dirname(require.resolve(name)));

/** Which build of the packer this is: sizes of packed files are its work. Files that two of one build packed are the same. */
export const compressorBuild = (): string =>
  hashOfFiles(['@weightfold/compressor', '@weightfold/container'].flatMap(modulesOf));
