import { type ChannelShape, findTaps, planCurve, toPaletteSymbols, toPredicted } from '@weightfold/container';
import { decodeTime } from './choice.js';
import { codecId } from './codec-id.js';
import { channelShape, rowLengths } from './geometry.js';
import type { Coded, Level, Material, Scheme } from './scheme.js';
import { encodeForms, type Planned, planForms, type Symbols, sharePlans } from './symbols.js';

/** Palettes of more values than this gain nothing over the bytes themselves. */
const largestRank = 160;

/** Symbols, and the codec whose bytes stand before theirs; null for bytes as they are. */
export interface Form extends Symbols {
  outer: { codec: 'palette' | 'prediction'; head: (innerCodec: number) => Uint8Array } | null;
}

function paletteForm({ data, tensor }: Material, shape: ChannelShape, shared = false): Form[] {
  const ranks = toPaletteSymbols(data, shape, tensor!.center, shared);
  if (!ranks || ranks.largest > largestRank) return [];
  const { symbols, largest, headBits, head } = ranks;
  return [{ symbols, largest, headBits, center: null, outer: { codec: 'palette', head } }];
}

/** Differences from what earlier weights predict, where they predict something. */
function predictedForm({ data, tensor }: Material): Form[] {
  const center = tensor!.center;
  const taps = findTaps(data, center, rowLengths(tensor, data.length));
  if (taps.length === 0) return [];
  const { differences, head } = toPredicted(data, center, taps);
  const headBits = 8 * head(0).length;
  return [{ symbols: differences, largest: 255, center: 0, headBits, outer: { codec: 'prediction', head } }];
}

function bytesForm({ data, tensor }: Material): Form {
  return { symbols: data, largest: 255, center: tensor!.center, headBits: 0, outer: null };
}

/** Bytes as they are, as ranks in palettes, and as differences from a prediction. */
export function formsOf(material: Material, level: Level): Form[] {
  const { data, tensor } = material;
  const bytes = bytesForm(material);
  const whole = paletteForm(material, { axis: 'outer', length: data.length });
  const shape = channelShape(tensor!, data.length);
  const predicted = level === 'fast' ? [] : predictedForm(material);
  if (shape.length >= data.length) return [bytes, ...whole, ...predicted];
  const shared = level === 'max' ? paletteForm(material, shape, true) : [];
  return [bytes, ...whole, ...paletteForm(material, shape), ...shared, ...predicted];
}

const isWeights = ({ data, tensor }: Material): boolean => data.length > 0 && tensor?.elementSize === 1;

/** Forms of a tensor of bytes, each with the cheapest tables of its own; null for other materials. */
export function planWeights(material: Material, level: Level): Planned<Form>[] | null {
  if (!isWeights(material)) return null;
  if (material.quick) {
    const plan = planCurve(material.data);
    return [{ form: bytesForm(material), plan, bits: plan.bits }];
  }
  return planForms(formsOf(material, level), material.tensor!, level);
}

/** How thoroughly plans are made: for many small tensors as at level fast. */
export function effortFor({ quick }: Material, level: Level): Level {
  return quick ? 'fast' : level;
}

/**
 * Tensors of bytes: as they are, as ranks in a palette of the whole tensor or of each channel, or predicted. In rANS with classes of
 * channels, packed in bits or a bitmap, or context coding at level max.
 */
export const weights: Scheme = {
  name: 'weights',
  applies: isWeights,
  encode: (material, level, pool) => {
    const own = material.planned ?? planWeights(material, level)!;
    const effort = effortFor(material, level);
    const planned = sharePlans(own, material.tensor!, effort, pool);
    return encodeForms(planned, material.tensor!, effort).map(
      ({ form, codec, coded, time, sharesTables }): Coded => {
        if (!form.outer) return { codec, coded, time, sharesTables };
        return {
          codec: form.outer.codec,
          coded: Buffer.concat([form.outer.head(codecId(codec)), coded]),
          time: time + decodeTime(form.outer.codec, material.data.length),
          sharesTables,
        };
      },
    );
  },
};
