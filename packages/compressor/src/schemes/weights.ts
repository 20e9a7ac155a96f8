import { type ChannelShape, toPaletteSymbols } from '@weightfold/container';
import { decodeTime } from './choice.js';
import { codecId } from './codec-id.js';
import { channelShape } from './geometry.js';
import type { Coded, Level, Material, Scheme } from './scheme.js';
import { encodeForms, type Planned, planForms, type Symbols, sharePlans } from './symbols.js';

/** Palettes of more values than this gain nothing over the bytes themselves. */
const largestRank = 160;

/** Symbols, and the palette codec's bytes before theirs; null for bytes as they are. */
export interface Form extends Symbols {
  head: ((innerCodec: number) => Uint8Array) | null;
}

function paletteForm({ data, tensor }: Material, shape: ChannelShape, shared = false): Form[] {
  const ranks = toPaletteSymbols(data, shape, tensor!.center, shared);
  if (!ranks || ranks.largest > largestRank) return [];
  return [{ ...ranks, center: null }];
}

/** Bytes as they are, and as ranks in palettes. */
export function formsOf(material: Material, level: Level): Form[] {
  const { data, tensor } = material;
  const bytes: Form = { symbols: data, largest: 255, center: tensor!.center, headBits: 0, head: null };
  const whole = paletteForm(material, { axis: 'outer', length: data.length });
  const shape = channelShape(tensor!, data.length);
  if (shape.length >= data.length) return [bytes, ...whole];
  const shared = level === 'max' ? paletteForm(material, shape, true) : [];
  return [bytes, ...whole, ...paletteForm(material, shape), ...shared];
}

const isWeights = ({ data, tensor }: Material): boolean => data.length > 0 && tensor?.elementSize === 1;

/** Forms of a tensor of bytes, each with the cheapest tables of its own; null for other materials. */
export function planWeights(material: Material, level: Level): Planned<Form>[] | null {
  return isWeights(material) ? planForms(formsOf(material, level), material.tensor!, level) : null;
}

/**
 * Tensors of bytes: as they are, or as ranks in a palette of the whole tensor or of each channel. In rANS with classes of
 * channels, packed in bits or a bitmap, or context coding at level max.
 */
export const weights: Scheme = {
  name: 'weights',
  applies: isWeights,
  encode: (material, level, pool) => {
    const own = material.planned ?? planWeights(material, level)!;
    const planned = sharePlans(own, material.tensor!, level, pool);
    return encodeForms(planned, material.tensor!, level).map(({ form, codec, coded, time }): Coded => {
      if (!form.head) return { codec, coded, time };
      return {
        codec: 'palette',
        coded: Buffer.concat([form.head(codecId(codec)), coded]),
        time: time + decodeTime('palette', material.data.length),
      };
    });
  },
};
