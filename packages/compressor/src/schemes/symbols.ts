import {
  type ContextParameters,
  encodeContext,
  encodeContextWithin,
  encodeRansPlan,
  noClasses,
  planClasses,
  planShared,
  planSingle,
  type RansPlan,
  type RowClasses,
  ransBits,
  type TablePool,
  weightParameters,
} from '@weightfold/container';
import type { TensorShape } from '../regions.js';
import { decodeTime, sizeMargin } from './choice.js';
import { channelShape, rowLengths, strides } from './geometry.js';
import { encodePacked } from './packed.js';
import type { Coded, Level } from './scheme.js';

/** Symbols that a trial of the context coder takes at least. */
const trialLength = 65536;
/** How far the context coder may be behind rANS after a trial: it still learns, rANS knows its tables from the start. */
const learningMargin = 1.01;

/** Bytes by which the estimates of rANS may be wrong, beside what a small block costs in headers and states. */
const packedSlack = 64;

/** The symbols of a tensor in one form: its bytes, or ranks in palettes. */
export interface Symbols {
  symbols: Uint8Array;
  /** Largest symbol. */
  largest: number;
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

function classesOf(plan: RansPlan): RowClasses {
  if (plan.rowCount < 2) return noClasses;
  return { rowLength: plan.rowLength, count: plan.rowCount, map: plan.rowClasses };
}

/** Parameters worth trying for a form: few contexts that learn fast, and at level max also those of neighbours. */
function contextsFor<S extends Symbols>(
  { form, plan }: Planned<S>,
  tensor: TensorShape,
  level: Level,
): ContextParameters[] {
  const { symbols, largest } = form;
  const bits = Math.max(1, 32 - Math.clz32(largest));
  const channels = channelShape(tensor, symbols.length);
  const near = level === 'max' ? [[], strides(tensor).slice(1)] : [[]];
  return near.map((distances) =>
    weightParameters(symbols.length, bits, classesOf(plan), channels, distances),
  );
}

/**
 * Of long tensors a part is coded first: what is behind there, of one another or of rANS by more than learning will make up
 * for, is not coded whole.
 */
function afterTrial<S extends Symbols>(
  { form, plan }: Planned<S>,
  candidates: ContextParameters[],
): ContextParameters[] {
  const length = Math.max(trialLength, Math.floor(form.symbols.length / 8));
  if (form.symbols.length < 2 * length) return candidates;
  const part = form.symbols.subarray(0, length);
  const rans = ransBits(part, plan);
  const trials = candidates.map((parameters) => {
    return { parameters, bits: 8 * encodeContext(part, partOf(parameters, length)).length };
  });
  const least = Math.min(...trials.map(({ bits }) => bits));
  return trials
    .filter(({ bits }) => bits === least && bits <= learningMargin * rans)
    .map(({ parameters }) => parameters);
}

/** Parameters for the first `length` symbols. */
function partOf(parameters: ContextParameters, length: number): ContextParameters {
  const { classes } = parameters;
  if (classes.rowLength === 0) return parameters;
  return {
    ...parameters,
    classes: { ...classes, map: classes.map.subarray(0, Math.ceil(length / classes.rowLength)) },
  };
}

function encodeContexts<S extends Symbols>(
  planned: Planned<S>,
  tensor: TensorShape,
  level: Level,
): CodedSymbols<S>[] {
  const { form } = planned;
  return afterTrial(planned, contextsFor(planned, tensor, level)).flatMap((parameters) => {
    const coded = encodeContextWithin(form.symbols, [parameters]);
    const time = decodeTime('context', form.symbols.length);
    return coded ? [{ form, codec: 'context' as const, coded, time }] : [];
  });
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

/** The forms that estimates leave, in rANS or packed, and at level max in the context coder with the same classes of rows. */
export function encodeForms<S extends Symbols>(
  planned: Planned<S>[],
  tensor: TensorShape,
  level: Level,
): CodedSymbols<S>[] {
  const results = plausible(planned, 1.005).map(({ form, plan }): CodedSymbols<S> => {
    const time = decodeTime('rans', form.symbols.length);
    return { form, codec: 'rans', coded: encodeRansPlan(form.symbols, plan), time };
  });
  results.push(...packForms(planned, level));
  if (level !== 'max') return results;
  return [
    ...results,
    ...plausible(planned, 1.05).flatMap((candidate) => encodeContexts(candidate, tensor, level)),
  ];
}
