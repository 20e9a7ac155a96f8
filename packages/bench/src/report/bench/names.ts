import type { BenchResult } from '../../measure/schema.js';

/** Short names of models: the file's own, with its folder where the file is named model, and all of it where two would be called the same. */
export function modelNames({ results }: Pick<BenchResult, 'results'>): Map<string, string> {
  const models = [...new Set(results.map(({ model }) => model))];
  const names = models.map((model) => {
    const parts = model.split('/');
    return parts.slice(/^model\./.test(parts.at(-1)!) ? -2 : -1).join('/');
  });
  const isUnique = (name: string) => names.indexOf(name) === names.lastIndexOf(name);
  return new Map(models.map((model, i) => [model, isUnique(names[i]!) ? names[i]! : model]));
}

export const isOurs = (engine: string): boolean => engine.startsWith('weightfold');
