import { type RivalEngine, RivalError } from '@weightfold/rivals';
import { rivalEngine } from '../engines.js';
import type { Contender } from './contender.js';

/** A contender that is a Python package; `install` returns its PYTHONPATH. */
export function pythonContender(
  name: RivalEngine,
  title: string,
  install: (onProgress: (message: string) => void) => Promise<string>,
): Contender {
  return {
    name,
    title,
    prepare: async (onProgress) => {
      try {
        const pythonPath = await install(onProgress);
        return {
          start: ({ tflite, example, threads }) => rivalEngine(name, tflite, example, pythonPath, threads),
        };
      } catch (error) {
        if (error instanceof RivalError) return { absent: error.message };
        throw error;
      }
    },
  };
}
