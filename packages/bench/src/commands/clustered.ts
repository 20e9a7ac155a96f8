// npm run bench:clustered: what 16 codes gain in fully connected layers of several sizes, beside the same layers with 255 codes, in
// alternation and in one process. The output is a table for docs/results.md. Options: --runs N (300)
import os from 'node:os';
import { parseArgs } from 'node:util';
import { loadCopies, timedModels } from '../measure/engines.js';
import { setInputs } from '../measure/inputs.js';
import { interleave } from '../measure/interleave.js';
import { clusteredLayer } from '../sparse/clustered-layer.js';
import { flatten, median, pairedRatio } from '../statistics.js';
import { command, wholeNumber } from './command.js';

const shapes = [
  [1024, 1024],
  [2048, 2048],
  [2048, 4096],
  [4096, 4096],
  [8192, 4096],
] as const;

const line = (cells: (string | number)[]) => console.log(`| ${cells.join(' | ')} |`);

await command(async () => {
  const { values } = parseArgs({ options: { runs: { type: 'string', default: '300' } } });
  const runs = wholeNumber('runs', values.runs);
  const loads = os.loadavg().map((load) => load.toFixed(1));
  console.error(`load of the machine before: ${loads.join(', ')}`);
  const heads = ['inputs × outputs', 'MiB', '255 codes, µs', '16 codes, µs', 'times as fast', 'kernel'];
  line(heads);
  line(heads.map(() => '---'));
  for (const [inputs, outputs] of shapes) {
    const layers = [255, 16].map((codes) => clusteredLayer(inputs, outputs, codes));
    const copies = layers.map((bytes) => loadCopies(bytes, 1, (model) => setInputs(model, undefined)));
    const [dense, clustered] = await interleave(copies.map(timedModels), { runs });
    const { ratio, ci95 } = pairedRatio(clustered!.rounds, dense!.rounds);
    line([
      `${inputs} × ${outputs}`,
      (inputs * outputs) / 2 ** 20,
      ...[dense!, clustered!].map(({ rounds }) => (median(flatten(rounds)) / 1000).toFixed(1)),
      `${ratio.toFixed(2)} [${ci95.map((x) => x.toFixed(2)).join(', ')}]`,
      copies[1]![0]!.profile(1)[0]!.kernel,
    ]);
    for (const model of copies.flat()) model.dispose();
  }
  return 0;
});
