import { ContainerError, crc32c, decodeContainer, openContainer } from '@weightfold/container';
import type { Verdict } from './judge-case.js';
import { type FuzzCase, randomCase } from './mutations.js';

/** Magic, version and flags, which stay as they are. */
const identity = 6;
const checksum = 4;

/**
 * A damaged copy of a container whose checksums of header and file are right again, so that table and codecs meet the damage: in
 * the header, in the coded blocks, or in both.
 */
export function containerCase(original: Uint8Array, index: number, seed: number): FuzzCase {
  const { headerLength } = openContainer(original);
  const parts = {
    header: original.subarray(identity, headerLength - checksum),
    blocks: original.subarray(headerLength, original.length - checksum),
  };
  const chosen = (['header', 'blocks'] as const).filter((_, i) => index % 3 === 2 || index % 3 === i);
  const words: string[] = [];
  for (const part of chosen) {
    const { bytes, what } = randomCase(parts[part], index, seed);
    parts[part] = bytes;
    words.push(`${part}: ${what}`);
  }
  const header = withChecksum([original.subarray(0, identity), parts.header]);
  return { bytes: withChecksum([header, parts.blocks]), what: words.join('; ') };
}

function withChecksum(parts: Uint8Array[]): Uint8Array {
  const bytes = Buffer.concat([...parts, new Uint8Array(checksum)]);
  bytes.writeUInt32LE(crc32c(bytes.subarray(0, -checksum)), bytes.length - checksum);
  return new Uint8Array(bytes);
}

/**
 * The reference decoder must give the original or refuse with a ContainerError that says where, what was expected and what came;
 * within a second and a millisecond per byte of the file (SPEC.md, "Limits", allows a native decoder a tenth of that per byte).
 */
export function judgeContainer(bytes: Uint8Array, original: Uint8Array): Verdict {
  // CPU time: the machine may be busy with something else.
  const start = process.cpuUsage();
  const { outcome, fault } = outcomeOf(bytes, original);
  const { user, system } = process.cpuUsage(start);
  const milliseconds = (user + system) / 1000;
  const slow = milliseconds > 1000 + bytes.length ? `took ${Math.round(milliseconds)} ms` : null;
  return { outcome, fault: fault ?? slow, milliseconds };
}

function outcomeOf(bytes: Uint8Array, original: Uint8Array): Pick<Verdict, 'outcome' | 'fault'> {
  try {
    const same = Buffer.compare(decodeContainer(bytes, { maximumSize: 2 ** 24 }), original) === 0;
    return { outcome: 'decoded', fault: same ? null : 'another original accepted' };
  } catch (error) {
    if (!(error instanceof ContainerError))
      return { outcome: 'fault', fault: (error as Error).stack ?? `${error}` };
    const said = error.where && error.expected && error.received;
    return { outcome: error.code, fault: said ? null : `says too little: ${error.message}` };
  }
}
