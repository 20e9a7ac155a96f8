import path from 'node:path';
import { bytesOf, data, noise, outputsOf, realModels } from '@weightfold/test-support';
import { it } from 'vitest';
import { Model } from './index.js';
import { inputBytes, runOurs } from './test-support/run.js';
it('x', { timeout: 600_000 }, async () => {
  for (const file of realModels.filter((f) => f.startsWith('models'))) {
    const bytes = bytesOf(path.join(data, file));
    let m: Model;
    try { m = Model.load(bytes); } catch (e) { console.log('all', file, (e as Error).message.slice(0, 110)); continue; }
    const engine = /_u8|micro_speech/.test(file) ? 'litert-ref' : 'tflm';
    const n = m.arenaBytes < 150_000 ? 200 : m.arenaBytes < 600_000 ? 60 : 8;
    const ex = noise(n * inputBytes(m), 11);
    const a = runOurs(m, ex);
    try { const [b] = await outputsOf(engine, [{ model: bytes, examples: ex }]); let d = 0; a.forEach((x, i) => { if (x !== b![i]) d++; }); console.log('all', file, engine, n, 'inputs', a.length, 'bytes, differ', d); } catch (e) { console.log('all', file, (e as Error).message.slice(0, 100)); }
  }
});
