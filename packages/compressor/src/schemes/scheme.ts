import type { EncodedBlock, TablePool } from '@weightfold/container';
import type { TensorShape } from '../regions.js';
import type { Planned } from './symbols.js';
import type { Form } from './weights.js';

export const levels = ['fast', 'default', 'max'] as const;
export type Level = (typeof levels)[number];

/** A block to be coded. */
export interface Material {
  kind: EncodedBlock['kind'];
  data: Uint8Array;
  /** Lengths in bytes of what was gathered into the block: one for a tensor. */
  parts: number[];
  tensor: TensorShape | null;
  /** Forms of a tensor of bytes with their plans, when they were made before tables were shared. */
  planned?: Planned<Form>[];
  /** One of very many small tensors (shared-tables.ts): only its bytes are planned, with one curve or shared table. */
  quick?: boolean;
}

export interface Coded {
  codec: EncodedBlock['codec'];
  coded: Uint8Array;
  /** Nanoseconds to decode it (choice.ts). */
  time: number;
  /** Whether it names tables that blocks of the container share. */
  sharesTables?: boolean | undefined;
}

/** One way to model and code a block. Of the results of all schemes that apply one is chosen (choice.ts). */
export interface Scheme {
  name: string;
  /** Whether the scheme is worth trying for this block at this level. */
  applies(material: Material, level: Level): boolean;
  /** Zero or more results. @param pool tables that blocks of the container may share */
  encode(material: Material, level: Level, pool: TablePool): Coded[];
}
