// A network and data of one's own, through base training and a stage that prunes, clusters and quantizes at once.
// From a clone after set-up: npm run example [-- run folder]
import type { Dataset, Split } from '@weightfold/datasets';
import { constraints, GraphBuilder, type NetworkFactory, optimize } from '@weightfold/optimizer';

/** Images [12, 12, 1] of a bar over noise: lying, standing, or falling to either side. */
function bars(count: number, seed: number): Split {
  const noise = (i: number) => Math.abs(Math.sin(seed + i * 12.9898) * 43758.5453) % 1;
  const x = new Float32Array(count * 144);
  const y = Int32Array.from({ length: count }, (_, i) => i % 4);
  y.forEach((label, i) => {
    const middle = 3 + Math.floor(6 * noise(i));
    for (let row = 0; row < 12; row++) {
      for (let column = 0; column < 12; column++) {
        const away = [row - middle, column - middle, row - column, row + column - 11][label]!;
        const at = i * 144 + row * 12 + column;
        x[at] = 0.4 * noise(7 * at) + (Math.abs(away) <= 1 ? 0.6 : 0);
      }
    }
  });
  return { count, shape: [12, 12, 1], x, xScale: 1, y };
}

const dataset: Dataset = {
  name: 'bars',
  classes: 4,
  train: bars(800, 1),
  test: bars(200, 2),
  provenance: { source: 'made by this program', licence: 'Apache-2.0', files: [] },
};

/** A small network with a residual connection. */
const network: NetworkFactory = ({ shape, classes }) => {
  const net = new GraphBuilder('bars-net', shape);
  const stem = net.conv2d('stem', { channels: 16, kernel: 3, strides: 2 });
  net.depthwiseConv2d('dw', { kernel: 3 });
  const pw = net.conv2d('pw', { channels: 16, kernel: 1, activation: 'NONE' });
  net.sum('residual', [stem, pw], 'RELU');
  net.conv2d('wide', { channels: 32, kernel: 3, strides: 2 });
  net.globalAveragePool('pool');
  net.dense('fc', { units: classes });
  return net.build(net.softmax('softmax'));
};

const stages = await optimize({
  dataset,
  network,
  outDir: process.argv[2] ?? '.weightfold/runs/bars',
  config: {
    schemaVersion: 1,
    batchSize: 20,
    recipe: {
      stages: [
        { name: 'base', epochs: 3, learningRate: 5e-3 },
        {
          name: 'small',
          from: 'base',
          constraints: [
            constraints.sparsity({ target: 0.5, layers: ['pw', 'wide'] }),
            constraints.cluster({ clusters: 8, layers: ['*', '!dw'] }),
            constraints.quantize(),
          ],
          epochs: 3,
          learningRate: 2e-3,
          distillation: { weight: 0.5 },
        },
      ],
    },
  },
  onEvent: ({ type, stage, message }) => type === 'note' && console.error(stage, message),
});

for (const { name, accuracyFloat, tflite, bytes, maxDistinct, zeroFraction } of stages) {
  const zeros = (100 * zeroFraction).toFixed(0);
  console.log(
    `${name}: ${accuracyFloat!.toFixed(1)} %, ${tflite} ${bytes} bytes, ${zeros} % zeros, at most ${maxDistinct} codes`,
  );
}
