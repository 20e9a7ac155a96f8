import { PythonRival, type RivalEngine, type RivalTensor } from './python-rival.js';

/** A model, and inputs to run it on: all inputs of the first example, then of the second. */
export interface RivalCase {
  model: Uint8Array;
  /** The bytes, or what makes them once the rival has told the model's inputs. */
  examples: Uint8Array | ((inputs: RivalTensor[]) => Uint8Array);
}

/** The outputs of all examples, one after the other, or why there are none. */
export type RivalAnswer = { outputs: Uint8Array; error?: never } | { outputs?: never; error: string };

/**
 * Runs models in a rival, one after the other in one process, because starting it costs more than most models. After a model
 * that fails there is a new process: LiteRT's heap may be damaged by a model that it refuses.
 */
export async function rivalOutputs(
  engine: RivalEngine,
  cases: readonly RivalCase[],
  options: { pythonPath: string; limitSeconds?: number },
): Promise<RivalAnswer[]> {
  const answers: RivalAnswer[] = [];
  let rival: PythonRival | null = null;
  try {
    for (const { model, examples } of cases) {
      rival ??= PythonRival.start(engine, options);
      try {
        const { inputs } = await rival.load(model);
        const bytes = typeof examples === 'function' ? examples(inputs) : examples;
        const size = inputs.reduce((sum, input) => sum + input.bytes, 0);
        answers.push({ outputs: await rival.invoke(bytes, size > 0 ? bytes.length / size : 0) });
      } catch (error) {
        answers.push({ error: (error as Error).message });
        rival.close();
        rival = null;
      }
    }
  } finally {
    rival?.close();
  }
  return answers;
}
