import fs from 'node:fs';
import path from 'node:path';
import { cacheDir } from '@weightfold/base';
import type { Part } from './node.js';

export interface CacheDocument {
  dir: string;
  entries: string[];
}

/** The user's cache folder and what it holds; it comes into being with the first download. */
export async function findCache(): Promise<Part<CacheDocument>> {
  const dir = cacheDir();
  const entries = fs.existsSync(dir) ? fs.readdirSync(dir).sort() : [];
  const found = `${dir} (${entries.length > 0 ? entries.map((name) => path.basename(name)).join(', ') : 'empty'})`;
  return { document: { dir, entries }, findings: [{ name: 'data cache', found }] };
}
