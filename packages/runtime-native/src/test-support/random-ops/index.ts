import { arithmetic } from './arithmetic.js';
import { choices, litertChoices } from './choices.js';
import { floats } from './floats.js';
import { images, litertImages } from './images.js';
import { litertMovement, movement } from './movement.js';
import { reductions } from './reductions.js';
import { litertTables, tables } from './tables.js';

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

/** Those that TensorFlow Lite Micro lacks, or parts of which it lacks: LiteRT's reference kernels judge them. */
export const litert = { ...litertTables, ...litertChoices, ...litertImages, ...litertMovement };
