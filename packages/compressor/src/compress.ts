import { atOnce, expectBytes, type Parts, startTimer, UsageError } from '@weightfold/base';
import {
  codecs,
  type EncodedBlock,
  encodeContainer,
  noPool,
  openContainer,
  removeProduct,
  sharedTablesBytes,
  type TableCodec,
  type TablePool,
} from '@weightfold/container';
import { type BlockPlan, layOut } from './layout.js';
import { productsWithinLimits } from './limits.js';
import { type ParsedFile, parseFile } from './parse.js';
import { replaceReferences } from './references.js';
import { choose } from './schemes/choice.js';
import { schemes } from './schemes/registry.js';
import { type Coded, type Level, levels, type Material } from './schemes/scheme.js';
import { shareTables } from './schemes/shared-tables.js';
import { expectOriginal } from './self-check.js';
import { type Target, targets } from './targets.js';

export interface CompressOptions {
  /**
   * `fast`: rANS with one table per tensor, bits and bitmaps, whichever decodes faster of about equal sizes; `default`: classes,
   * and palettes per channel; `max`: context coding everywhere.
   */
  level?: Level;
  /** `mcu`: only codecs whose decoder needs at most 4 KiB of tables; `any` when not given. */
  target?: Target;
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
  /** Null on an emulator. */
  encodeMs: number | null;
  /** Null when the input was read as a .tflite model; else why it was compressed as plain bytes. */
  unparsed: string | null;
  target: Target;
  /** Bytes of lookup tables that a decoder needs for this file (SPEC.md of @weightfold/container, "Decoder tables"). */
  tableBytes: number;
  tensors: TensorReport[];
}

export interface Compressed {
  /** The container. */
  bytes: Uint8Array;
  report: CompressReport;
}

function concatenate(parts: Uint8Array[]): Uint8Array {
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

/** What the format allows for the block's length, and the target's decoder for tables. */
function isAllowed(length: number, { codec, coded }: Coded, target: Target): boolean {
  const { maximumExpansion, tableBytes } = codecs.find(({ name }) => name === codec)!;
  if (length > maximumExpansion * coded.length) return false;
  if (targets[target] === Number.POSITIVE_INFINITY) return true;
  return tableBytes(coded, length, 0, { sharedTables: [] }) <= targets[target];
}

function encodeBlock(material: Material, level: Level, target: Target, pool: TablePool): Coded {
  const results = schemes[target]
    .filter((scheme) => scheme.applies(material, level))
    .flatMap((scheme) => scheme.encode(material, level, pool))
    .filter((result) => isAllowed(material.data.length, result, target));
  return choose(results, level);
}

function materialOf({ kind, parts, tensor }: BlockPlan): Material {
  return { kind, data: concatenate(parts), parts: parts.map(({ length }) => length), tensor };
}

interface Packed {
  bytes: Uint8Array;
  blocks: EncodedBlock[];
  plans: BlockPlan[];
}

/**
 * The blocks without the shared tables, when those do not save what they cost: with codecs that learn in the choice, few blocks may be left
 * that use them.
 *
 * @param alone codes a material without shared tables
 */
function worthSharing(
  coded: Coded[],
  pool: TablePool,
  alone: (index: number) => Coded,
): { coded: Coded[]; pool: TablePool } {
  if (pool.size === 0) return { coded, pool };
  const own = coded.map((result, i) => (result.sharesTables ? alone(i) : result));
  const bytes = (results: Coded[]): number => results.reduce((sum, result) => sum + result.coded.length, 0);
  const tables = sharedTablesBytes(pool.tables);
  return bytes(own) <= bytes(coded) + tables ? { coded: own, pool: noPool } : { coded, pool };
}

/** Codecs that learn are no choice for a microcontroller; the one that mixes contexts is for level max. */
function tableCodecsFor(level: Level, target: Target): TableCodec[] {
  if (target === 'mcu') return ['raw'];
  return level === 'max' ? ['raw', 'records', 'context'] : ['raw', 'records'];
}

function* pack(
  model: Uint8Array,
  found: ParsedFile,
  level: Level,
  target: Target,
  onProgress: CompressOptions['onProgress'],
): Parts<Packed> {
  const products = productsWithinLimits(found.products);
  const changed = new Uint8Array(model); // a copy: slice() of a Buffer would be a view
  // The last one first: each finds its sources as they will be when a decoder comes to it.
  for (const product of products.toReversed()) removeProduct(changed, product);
  const { blocks: plans, spans } = layOut(changed, { regions: found.regions, products });
  const structure = plans[0]?.kind === 'structure' ? spans.filter(({ block }) => block === 0) : [];
  const wanted = target === 'any' && found.unparsed === null;
  const references = wanted ? replaceReferences(changed, structure) : 0;
  let done = 0;
  const materials = plans.map(materialOf);
  const pool = target === 'any' ? shareTables(materials, level) : noPool;
  const encoded: Coded[] = [];
  for (const material of materials) {
    encoded.push(encodeBlock(material, level, target, pool));
    done += material.data.length;
    onProgress?.(done, model.length);
    yield;
  }
  const alone = (i: number): Coded => encodeBlock(materials[i]!, level, target, noPool);
  const best = level === 'max' ? worthSharing(encoded, pool, alone) : { coded: encoded, pool };
  const blocks = best.coded.map(({ codec, coded }, i) => {
    const { kind, data } = materials[i]!;
    return { kind, id: plans[i]!.id, data, codec, coded };
  });
  const bytes = encodeContainer({
    original: model,
    blocks,
    spans,
    products,
    references,
    sharedTables: best.pool.tables,
    // Whoever takes minutes for the smallest file can check it as a whole before a tensor is taken out of it.
    blockChecksums: level !== 'max' || target !== 'any',
    tableCodecs: tableCodecsFor(level, target),
  });
  return { bytes, blocks, plans };
}

/** The whole as one raw block: what nothing else makes smaller grows by no more than this framing. */
function packPlain(model: Uint8Array): Packed {
  const blocks: EncodedBlock[] = [{ kind: 'other', id: 0, codec: 'raw', data: model, coded: model }];
  const spans = [{ offset: 0, length: model.length, block: 0 }];
  return { bytes: encodeContainer({ original: model, blocks, spans, products: [] }), blocks, plans: [] };
}

const smaller = (a: Packed, b: Packed): Packed => (b.bytes.length < a.bytes.length ? b : a);

function oneOf<T extends string>(where: string, allowed: readonly T[], received: T): T {
  if (allowed.includes(received)) return received;
  const expected = allowed.join(', ');
  throw new UsageError(`${where}: expected ${expected} but received ${received}`, {
    where,
    expected,
    received,
  });
}

/**
 * Packs a model (or any bytes) losslessly as a .wfz container, and decodes it again to be sure.
 *
 * @param model the bytes of a .tflite file; anything else is packed as plain bytes and the report says so
 * @returns the container, never more than 64 bytes larger than the input, and sizes per tensor; `encodeMs` is without the
 * decoding, and null on an emulator
 * @throws UsageError for an unknown level or target, and for anything but bytes
 * @throws WeightfoldError for more than 2^31 - 1 bytes
 */
export function compress(model: Uint8Array, options: CompressOptions = {}): Compressed {
  return atOnce(compressing(model, options));
}

/** `compress` in parts, a block each. */
export function* compressing(model: Uint8Array, options: CompressOptions = {}): Parts<Compressed> {
  expectBytes('compress', model);
  const milliseconds = startTimer();
  const level = oneOf('level', levels, options.level ?? 'default');
  const target = oneOf('target', Object.keys(targets) as Target[], options.target ?? 'any');
  const found = parseFile(model);
  const { unparsed } = found;
  const best = yield* pack(model, found, level, target, options.onProgress);
  const { bytes, blocks, plans } = best.bytes.length > model.length ? smaller(best, packPlain(model)) : best;
  const tensors = blocks.map((block, i) => ({
    name: plans[i]?.tensor && block.kind === 'tensor' ? plans[i].tensor.name : `(${block.kind})`,
    kind: block.kind,
    bytes: block.data.length,
    codedBytes: block.coded.length,
    codec: block.codec,
  }));
  const encodeMs = milliseconds();
  expectOriginal(bytes, model);
  const sizes = { inputBytes: model.length, outputBytes: bytes.length, encodeMs };
  const tableBytes = openContainer(bytes, { maximumSize: model.length }).tableBytes();
  return { bytes, report: { ...sizes, unparsed, target, tableBytes, tensors } };
}
