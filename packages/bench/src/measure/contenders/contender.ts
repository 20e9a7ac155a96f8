import type { Engine } from '../engines.js';

/** A model to measure on one input. */
export interface Job {
  tflite: Uint8Array;
  /** All inputs, one after the other. */
  example: Uint8Array;
  threads: number;
}

/** A rival, ready to run models. */
export interface Ready {
  /** Loads a model and runs it once. @throws RivalError when the rival refuses it */
  start(job: Job): Promise<Engine>;
}

/** An engine to compare with. */
export interface Contender {
  name: string;
  /** What it is, for help and reports. */
  title: string;
  /**
   * Installs what it needs into the cache folder, with a notice, when that is not there yet.
   * @returns why it cannot be had here, when it cannot
   */
  prepare(onProgress: (message: string) => void): Promise<Ready | { absent: string }>;
}
