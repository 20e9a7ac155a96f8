import { oneLine } from './backends.js';
import type { Part } from './node.js';

export interface RivalsDocument {
  installed: boolean;
  path: string | null;
  pins: string[];
}

/** The Python packages that `bench --against` compares with. They are optional: `bench` installs them when it needs them. */
export async function findRivals(): Promise<Part<RivalsDocument>> {
  const name = 'rivals (optional)';
  try {
    const { pins, rivalsPath } = await import('@weightfold/rivals');
    const path = rivalsPath();
    const found = path ?? 'not installed; `weightfold bench MODEL --against litert` installs them';
    return { document: { installed: path !== null, path, pins }, findings: [{ name, found }] };
  } catch (error) {
    const found = `cannot be looked for: ${oneLine(error)}`;
    return { document: { installed: false, path: null, pins: [] }, findings: [{ name, found }] };
  }
}
