import {
  encodeContextWithin,
  encodeRansPlan,
  noClasses,
  planClasses,
  planSingle,
  type RansPlan,
  type RowClasses,
  weightParameters,
} from '@weightfold/container';
import type { TensorShape } from '../regions.js';
import { channelShape, rowLengths, strides } from './geometry.js';
import type { Level } from './scheme.js';

/** Tensors up to this size may use the context coder at the default level: it decodes at a few megabytes per second. */
export const contextAtDefault = 16384;

/** The symbols of a tensor in one form: its bytes, or ranks in palettes. */
export interface Symbols {
  symbols: Uint8Array;
  /** Largest symbol. */
  largest: number;
  /** What the form costs beside the symbols. */
  headBits: number;
}

/** A form with the cheapest rANS tables that were found for it, and what all costs with them. */
interface Planned<S extends Symbols> {
  form: S;
  plan: RansPlan;
  bits: number;
}

/** Symbols of a tensor in one of the two entropy codecs. */
export interface CodedSymbols<S extends Symbols> {
  form: S;
  codec: 'rans' | 'context';
  coded: Uint8Array;
}

/** Those that cost at most `factor` times as much as the cheapest, and some bytes more. */
function plausible<P extends { bits: number }>(candidates: P[], factor: number): P[] {
  const least = Math.min(...candidates.map(({ bits }) => bits));
  return candidates.filter(({ bits }) => bits <= factor * least + 512);
}

/**
 * Plans for the forms that may win. Classes of rows make bytes up to 30 % smaller where channels have few values each (ranks
 * gain nothing then): forms that are further behind with one table are not searched.
 */
function planForms<S extends Symbols>(forms: S[], tensor: TensorShape, level: Level): Planned<S>[] {
  const thorough = level !== 'fast';
  const single = forms.map((form) => {
    const plan = planSingle(form.symbols, thorough);
    return { form, plan, bits: plan.bits + form.headBits };
  });
  if (!thorough) return single;
  return plausible(single, 1.4).map(({ form, plan }) => {
    const classes = planClasses(form.symbols, rowLengths(tensor, form.symbols.length), plan);
    return { form, plan: classes, bits: classes.bits + form.headBits };
  });
}

function classesOf(plan: RansPlan): RowClasses {
  if (plan.rowCount < 2) return noClasses;
  return { rowLength: plan.rowLength, count: plan.rowCount, map: plan.rowClasses };
}

function encodeContexts<S extends Symbols>(
  { form, plan }: Planned<S>,
  tensor: TensorShape,
  level: Level,
): CodedSymbols<S>[] {
  const { symbols, largest } = form;
  const bits = Math.max(1, 32 - Math.clz32(largest));
  const channels = channelShape(tensor, symbols.length);
  const near = level === 'max' ? [[], strides(tensor).slice(1)] : [[]];
  return near.flatMap((distances) => {
    const parameters = weightParameters(symbols.length, bits, classesOf(plan), channels, distances);
    const coded = encodeContextWithin(symbols, [parameters]);
    return coded ? [{ form, codec: 'context' as const, coded }] : [];
  });
}

/** The forms that estimates leave, in rANS, and where the level allows it in the context coder with the same classes of rows. */
export function encodeForms<S extends Symbols>(
  forms: S[],
  tensor: TensorShape,
  level: Level,
): CodedSymbols<S>[] {
  const planned = planForms(forms, tensor, level);
  const results = plausible(planned, 1.005).map(({ form, plan }): CodedSymbols<S> => {
    return { form, codec: 'rans', coded: encodeRansPlan(form.symbols, plan) };
  });
  const length = forms[0]!.symbols.length;
  if (level === 'fast' || (level === 'default' && length > contextAtDefault)) return results;
  return [
    ...results,
    ...plausible(planned, 1.05).flatMap((candidate) => encodeContexts(candidate, tensor, level)),
  ];
}
