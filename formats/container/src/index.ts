export { toBitmap } from './codecs/bitmap/encode.js';
export { encodeBits } from './codecs/bits/encode.js';
export { encodeContext, encodeContextWithin } from './codecs/context/encode.js';
export type { ContextParameters } from './codecs/context/parameters.js';
export {
  recordParameters,
  repetitiveParameters,
  structureParameters,
  tableParameters,
} from './codecs/context/presets.js';
export type { IntegersOptions } from './codecs/integers/encode.js';
export { encodeIntegers } from './codecs/integers/encode.js';
export { toPaletteSymbols } from './codecs/palette/encode.js';
export type { ChannelShape } from './codecs/palette/palettes.js';
export { toPredicted } from './codecs/prediction/encode.js';
export { findTaps } from './codecs/prediction/fit.js';
export type { CodedTable } from './codecs/rans/coded-tables.js';
export { encodeRans, encodeRansPlan } from './codecs/rans/encode.js';
export { entropyBits } from './codecs/rans/fit.js';
export { fitCodedTables } from './codecs/rans/fit-coded.js';
export type { RansPlan } from './codecs/rans/plan.js';
export { planClasses, planCounts, planCurve, planShared, planSingle, ransBits } from './codecs/rans/plan.js';
export { noPool, ownTables, priceTables, TablePool } from './codecs/rans/pool.js';
export { sharedTablesBytes } from './codecs/rans/shared.js';
export { encodeRaw } from './codecs/raw/encode.js';
export { encodeRecords } from './codecs/records/encode.js';
export { codecs } from './codecs/registry.js';
export { encodeWeights } from './codecs/weights/encode.js';
export type { WeightShape } from './codecs/weights/parameters.js';
export type { Container } from './container.js';
export { decodeContainer, openContainer } from './container.js';
export { crc32c } from './crc32c.js';
export type { EncodedBlock, EncodeInput } from './encode.js';
export { encodeContainer } from './encode.js';
export { ContainerError, packedFile } from './errors.js';
export type { Block, BlockKind, Product, Range, ReadOptions, Span, TableCodec } from './layout.js';
export { formatLimits, formatVersion, isContainer } from './layout.js';
export type { PatternFit, PatternMatrix, SparsityPattern } from './patterns.js';
export { fitPattern, forEachGroup, knownPatterns, parsePattern, patternName } from './patterns.js';
export { productBits, quotientBits, removeProduct } from './products.js';
export type { References } from './references.js';
export { storeReferences, wordPlaces } from './references.js';
