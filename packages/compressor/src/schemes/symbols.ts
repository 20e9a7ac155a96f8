import {
  encodeRansPlan,
  encodeWeights,
  planClasses,
  planShared,
  planSingle,
  type RansPlan,
  ransBits,
  type TablePool,
} from '@weightfold/container';
import type { TensorShape } from '../regions.js';
import { decodeTime, sizeMargin } from './choice.js';
import { rowLengths, weightShape } from './geometry.js';
import { encodePacked } from './packed.js';
import type { Coded, Level } from './scheme.js';

/** Symbols that a trial of the modelling codec takes at least. */
const trialLength = 65536;
/** How far it may be behind rANS after a trial: it still learns, rANS knows its tables from the start. */
const learningMargin = 1.01;

/** Bytes by which the estimates of rANS may be wrong, beside what a small block costs in headers and states. */
const packedSlack = 64;

/** The symbols of a tensor in one form: its bytes, or ranks in palettes. */
export interface Symbols {
  symbols: Uint8Array;
  /** Largest symbol. */
  largest: number;
  /** Null for ranks; for bytes the one that most are near to. */
  center: number | null;
  /** What the form costs beside the symbols. */
  headBits: number;
}

/** A form with the cheapest rANS tables that were found for it, and what all costs with them. */
export interface Planned<S extends Symbols> {
  form: S;
  plan: RansPlan;
  bits: number;
}

/** Symbols of a tensor in one of the codecs that may stand inside a palette block. */
export interface CodedSymbols<S extends Symbols> {
  form: S;
  codec: Coded['codec'];
  coded: Uint8Array;
  /** Nanoseconds to decode the symbols. */
  time: number;
  sharesTables?: boolean | undefined;
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
export function planForms<S extends Symbols>(forms: S[], tensor: TensorShape, level: Level): Planned<S>[] {
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

/**
 * Of long tensors a part is coded first: what is behind rANS there by more than learning will make up for is not coded whole.
 */
function worthWhole<S extends Symbols>({ form, plan }: Planned<S>, tensor: TensorShape): boolean {
  const { symbols, center } = form;
  const length = Math.max(trialLength, Math.floor(symbols.length / 8));
  if (symbols.length < 2 * length) return true;
  const part = symbols.subarray(0, length);
  const coded = encodeWeights(part, weightShape(tensor, length), center);
  return coded !== null && 8 * coded.length <= learningMargin * ransBits(part, plan);
}

/** The form in the codec that models weights, when that may be smaller. */
function encodeModelled<S extends Symbols>(planned: Planned<S>, tensor: TensorShape): CodedSymbols<S>[] {
  const { form } = planned;
  if (!worthWhole(planned, tensor)) return [];
  const coded = encodeWeights(form.symbols, weightShape(tensor, form.symbols.length), form.center);
  const time = decodeTime('weights', form.symbols.length);
  return coded ? [{ form, codec: 'weights', coded, time }] : [];
}

/** Forms in codes that decode faster, where they may be chosen. */
function packForms<S extends Symbols>(planned: Planned<S>[], level: Level): CodedSymbols<S>[] {
  const most = (sizeMargin(level) * Math.min(...planned.map(({ bits }) => bits))) / 8 + packedSlack;
  return planned.flatMap(({ form }) => encodePacked(form, most - form.headBits / 8, level !== 'fast'));
}

/** The same forms with plans that may use shared tables. */
export function sharePlans<S extends Symbols>(
  planned: Planned<S>[],
  tensor: TensorShape,
  level: Level,
  pool: TablePool,
): Planned<S>[] {
  return planned.map(({ form, plan }) => {
    const rows = level === 'fast' ? [] : rowLengths(tensor, form.symbols.length);
    const shared = planShared(form.symbols, rows, plan, pool);
    return { form, plan: shared, bits: shared.bits + form.headBits };
  });
}

/** The forms that estimates leave, in rANS or packed, and at level max also modelled. */
export function encodeForms<S extends Symbols>(
  planned: Planned<S>[],
  tensor: TensorShape,
  level: Level,
): CodedSymbols<S>[] {
  const results = plausible(planned, 1.005).map(({ form, plan }): CodedSymbols<S> => {
    const time = decodeTime('rans', form.symbols.length);
    const sharesTables = plan.tables.some(({ shared }) => shared >= 0);
    return { form, codec: 'rans', coded: encodeRansPlan(form.symbols, plan), time, sharesTables };
  });
  results.push(...packForms(planned, level));
  if (level !== 'max') return results;
  return [...results, ...plausible(planned, 1.05).flatMap((candidate) => encodeModelled(candidate, tensor))];
}
