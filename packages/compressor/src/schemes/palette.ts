import { type ChannelShape, codecs, toPaletteSymbols } from '@weightfold/container';
import { channelShape } from './geometry.js';
import type { Coded, Level, Material, Scheme } from './scheme.js';
import { encodeSymbols } from './symbols.js';

/** Palettes of more values than this gain nothing over the bytes themselves. */
const largestRank = 160;

const codecId = (name: string): number => codecs.find((codec) => codec.name === name)!.id;

function withPalette({ data, tensor }: Material, shape: ChannelShape, level: Level): Coded[] {
  const ranks = toPaletteSymbols(data, shape, tensor!.center);
  if (!ranks || ranks.largest > largestRank) return [];
  return encodeSymbols(ranks.symbols, ranks.largest, tensor!, level).map(({ codec, coded }) => ({
    codec: 'palette',
    coded: Buffer.concat([ranks.head(codecId(codec)), coded]),
  }));
}

/** Few distinct values, in the whole tensor or per channel: palettes and ranks in them. */
export const palette: Scheme = {
  name: 'palette',
  applies: ({ data, tensor }) => data.length > 0 && tensor?.elementSize === 1,
  encode(material, level) {
    const { data, tensor } = material;
    const whole = withPalette(material, { axis: 'outer', length: data.length }, level);
    if (level === 'fast') return whole;
    const shape = channelShape(tensor!, data.length);
    return [...whole, ...(shape.length < data.length ? withPalette(material, shape, level) : [])];
  },
};
