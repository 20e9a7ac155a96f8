import { UsageError } from '@weightfold/base';
import {
  codecs,
  type EncodedBlock,
  encodeContainer,
  removeProduct,
  type TablePool,
} from '@weightfold/container';
import { type BlockPlan, layOut } from './layout.js';
import { productsWithinLimits } from './limits.js';
import { parseFile } from './parse.js';
import { choose } from './schemes/choice.js';
import { schemes } from './schemes/registry.js';
import { type Coded, type Level, levels, type Material } from './schemes/scheme.js';
import { shareTables } from './schemes/shared-tables.js';
import { expectOriginal } from './self-check.js';

export interface CompressOptions {
  /**
   * `fast`: rANS with one table per tensor, bits and bitmaps, whichever decodes faster of about equal sizes; `default`: classes,
   * and palettes per channel; `max`: context coding everywhere.
   */
  level?: Level;
  /** Called when a tensor or stream is packed: bytes done, and bytes in all. */
  onProgress?: (done: number, total: number) => void;
}

/** One line of the size report: a tensor, or a stream gathered from the whole file. */
export interface TensorReport {
  name: string;
  kind: EncodedBlock['kind'];
  bytes: number;
  codedBytes: number;
  codec: string;
}

export interface CompressReport {
  inputBytes: number;
  outputBytes: number;
  encodeMs: number;
  /** Null when the input was read as a .tflite model; else why it was compressed as plain bytes. */
  unparsed: string | null;
  tensors: TensorReport[];
}

function concatenate(parts: Uint8Array[]): Uint8Array {
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

function withinExpansion(length: number, { codec, coded }: Coded): boolean {
  return length <= codecs.find(({ name }) => name === codec)!.maximumExpansion * coded.length;
}

function encodeBlock(material: Material, level: Level, pool: TablePool): Coded {
  const results = schemes
    .filter((scheme) => scheme.applies(material, level))
    .flatMap((scheme) => scheme.encode(material, level, pool))
    .filter((result) => withinExpansion(material.data.length, result));
  return choose(results, level);
}

function materialOf({ kind, parts, tensor }: BlockPlan): Material {
  return { kind, data: concatenate(parts), parts: parts.map(({ length }) => length), tensor };
}

/**
 * Packs a model (or any bytes) losslessly as a .wfz container, and decodes it again to be sure.
 *
 * @param model the bytes of a .tflite file; anything else is packed as plain bytes and the report says so
 * @returns the container, never more than 64 bytes larger than the input, and sizes per tensor; `encodeMs` is without the
 * decoding
 * @throws UsageError for an unknown level
 * @throws WeightfoldError for more than 2^31 - 1 bytes
 */
export function compress(
  model: Uint8Array,
  options: CompressOptions = {},
): { bytes: Uint8Array; report: CompressReport } {
  const started = performance.now();
  const level = options.level ?? 'default';
  if (!levels.includes(level)) {
    const expected = levels.join(', ');
    throw new UsageError(`level: expected ${expected} but received ${level}`, {
      where: 'level',
      expected,
      received: level,
    });
  }
  const found = parseFile(model);
  const parsed = { ...found, products: productsWithinLimits(found.products) };
  const changed = new Uint8Array(model); // a copy: slice() of a Buffer would be a view
  // The last one first: each finds its sources as they will be when a decoder comes to it.
  for (const product of parsed.products.toReversed()) removeProduct(changed, product);
  const { blocks: plans, spans } = layOut(changed, parsed);
  let done = 0;
  const materials = plans.map(materialOf);
  const pool = shareTables(materials, level);
  const blocks = materials.map((material, i) => {
    const { kind, data } = material;
    const block = { kind, id: plans[i]!.id, data, ...encodeBlock(material, level, pool) };
    done += block.data.length;
    options.onProgress?.(done, model.length);
    return block;
  });
  const bytes = encodeContainer({
    original: model,
    blocks,
    spans,
    products: parsed.products,
    sharedTables: pool.tables,
    tableCodecs: level === 'max' ? ['raw', 'records', 'context'] : ['raw', 'records'],
  });
  const tensors = blocks.map((block, i) => ({
    name: plans[i]!.tensor && block.kind === 'tensor' ? plans[i]!.tensor!.name : `(${block.kind})`,
    kind: block.kind,
    bytes: block.data.length,
    codedBytes: block.coded.length,
    codec: block.codec,
  }));
  const encodeMs = performance.now() - started;
  expectOriginal(bytes, model);
  const sizes = { inputBytes: model.length, outputBytes: bytes.length, encodeMs };
  return { bytes, report: { ...sizes, unparsed: parsed.unparsed, tensors } };
}
