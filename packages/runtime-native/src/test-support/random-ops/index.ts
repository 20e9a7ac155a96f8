import type { Generators } from '../judge.js';
import { arithmetic, litertArithmetic } from './arithmetic.js';
import { choices, litertChoices } from './choices.js';
import { floats } from './floats.js';
import { litertFloors } from './floors.js';
import { images, litertImages } from './images.js';
import { litertMovement, movement } from './movement.js';
import { reductions } from './reductions.js';
import { litertTables, tables } from './tables.js';
import { unsigned } from './unsigned.js';

/** Random operators that TensorFlow Lite Micro judges, by what they do. */
export const microByKind = { tables, arithmetic, choices, floats, movement, reductions, images };

export const micro = {
  ...tables,
  ...arithmetic,
  ...choices,
  ...floats,
  ...movement,
  ...reductions,
  ...images,
};

/** Generators of int8 operators that run with uint8, too; TensorFlow Lite Micro has none of them. */
const alsoUnsigned = [
  'mul',
  'sub',
  'maximum',
  'minimum',
  'prelu',
  'mean',
  'sum',
  'reduce max',
  'reduce min',
  'arg max',
  'arg min',
  'log softmax',
  'logistic',
  'tanh',
  'hard swish',
  'relu',
  'relu −1 to 1',
  'relu 0 to 1',
] as const;
const eitherJudge: Generators = { ...micro, ...litertTables };
const litertUnsigned: Generators = Object.fromEntries(
  alsoUnsigned.map((name) => [`${name} uint8`, unsigned(eitherJudge[name]!)]),
);

/** Those that TensorFlow Lite Micro lacks, or parts of which it lacks: LiteRT's reference kernels judge them. */
export const litert = {
  ...litertTables,
  ...litertArithmetic,
  ...litertChoices,
  ...litertImages,
  ...litertMovement,
  ...litertFloors,
  ...litertUnsigned,
};
