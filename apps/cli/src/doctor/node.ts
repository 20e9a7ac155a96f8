import fs from 'node:fs';
import type { Finding } from '../verbs/doctor.js';

/** A part of the doctor's document together with its lines for people. */
export interface Part<Document> {
  document: Document;
  findings: Finding[];
}

export interface NodeDocument {
  version: string;
  required: string;
  ok: boolean;
  platform: string;
}

/** Compares this Node with the `engines` range of our package.json. */
export function findNode(version = process.versions.node): Part<NodeDocument> {
  const manifest = fs.readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const required = (JSON.parse(manifest) as { engines: { node: string } }).engines.node;
  const ok = inRange(version, required);
  const platform = `${process.platform}-${process.arch}`;
  const problem = {
    what: `Node must be ${required}`,
    fix: 'Install Node 20 or 22: https://nodejs.org/en/download',
  };
  return {
    document: { version, required, ok, platform },
    findings: [
      {
        name: 'Node',
        found: `${version} (${platform}; range ${required})`,
        problem: ok ? undefined : problem,
      },
    ],
  };
}

/** True when the version satisfies comparators such as ">=20.17 <23" (all must hold). */
export function inRange(version: string, range: string): boolean {
  return range.split(/\s+/).every((comparator) => {
    const match = /^(>=|<)(\d+(?:\.\d+)*)$/.exec(comparator);
    if (!match)
      throw new Error(`Expected comparators >= and < in the engines range but received ${comparator}`);
    const order = compareVersions(version, match[2]!);
    return match[1] === '>=' ? order >= 0 : order < 0;
  });
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split('.').map(Number)) as [number[], number[]];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
