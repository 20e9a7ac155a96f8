import { UsageError } from '@weightfold/base';
import { loadDataset, loadNpy, loadNpyPair } from '@weightfold/datasets';
import type { Session } from './session.js';

/** The test split that `--data` names: a known data set, or `X.npy,Y.npy`; without labels `X.npy`. */
export async function loadData(session: Session, spec: string, dir: string | undefined, labels: boolean) {
  if (spec.endsWith('.npy')) {
    const files = spec.split(',');
    if (files.length === 1 && !labels) return loadNpy(spec);
    if (files.length !== 2) {
      throw new UsageError('--data takes two .npy files', { expected: 'X.npy,Y.npy', received: spec });
    }
    return loadNpyPair(files[0]!, files[1]!);
  }
  const onProgress = (message: string) => session.note(message);
  const dataset = await loadDataset(spec, { onProgress, ...(dir === undefined ? {} : { dir }) });
  return dataset.test;
}
