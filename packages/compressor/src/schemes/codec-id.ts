import { codecs } from '@weightfold/container';

/** The id of a codec in a file. */
export function codecId(name: string): number {
  return codecs.find((codec) => codec.name === name)!.id;
}
