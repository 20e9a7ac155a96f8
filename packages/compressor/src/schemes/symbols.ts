import {
  encodeContextWithin,
  encodeRansPlan,
  noClasses,
  planRans,
  type RansPlan,
  type RowClasses,
  weightParameters,
} from '@weightfold/container';
import type { TensorShape } from '../regions.js';
import { channelShape, rowLengths, strides } from './geometry.js';
import type { Level } from './scheme.js';

/** Tensors up to this size may use the context coder at the default level: it decodes at a few megabytes per second. */
export const contextAtDefault = 16384;

/** Symbols of a tensor (its bytes, or ranks in palettes) in the two entropy codecs. */
export interface CodedSymbols {
  codec: 'rans' | 'context';
  coded: Uint8Array;
}

function classesOf(plan: RansPlan): RowClasses {
  if (plan.rowCount < 2) return noClasses;
  return { rowLength: plan.rowLength, count: plan.rowCount, map: plan.rowClasses };
}

/**
 * rANS, and where the level allows it the context coder with the same classes of rows.
 *
 * @param largest largest symbol
 */
export function encodeSymbols(
  symbols: Uint8Array,
  largest: number,
  tensor: TensorShape,
  level: Level,
): CodedSymbols[] {
  const length = symbols.length;
  const plan = planRans(symbols, rowLengths(tensor, length), level !== 'fast');
  const results: CodedSymbols[] = [{ codec: 'rans', coded: encodeRansPlan(symbols, plan) }];
  if (level === 'fast' || (level === 'default' && length > contextAtDefault)) return results;
  const bits = Math.max(1, 32 - Math.clz32(largest));
  const near = level === 'max' ? [[], strides(tensor).slice(1)] : [[]];
  for (const distances of near) {
    const parameters = weightParameters(
      length,
      bits,
      classesOf(plan),
      channelShape(tensor, length),
      distances,
    );
    const coded = encodeContextWithin(symbols, [parameters]);
    if (coded) results.push({ codec: 'context', coded });
  }
  return results;
}
