import { expect, it } from 'vitest';
import { constraints } from '../constraints/builders.js';
import { LayerConstraints } from '../constraints/layer-constraints.js';
import { GraphBuilder } from '../graph/builder.js';
import { weightedNodes } from '../graph/graph.js';
import { ByteTarget } from './byte-target.js';

const overhead = 1300;

/** One dense layer of 256 × 32 smooth weights, held to 3,000 bytes with the overhead. */
function steered() {
  const builder = new GraphBuilder('dense', [256]);
  const graph = builder.build(builder.dense('fc', { units: 32 }));
  const weights = Float32Array.from({ length: 256 * 32 }, (_, i) => Math.sin(1 + i * i * 0.7) ** 3);
  const specs = [constraints.rate({ lambda: 0.05, targetBytes: 3000, rampEnd: 0.5, freezeAt: 0.85 })];
  const layers = weightedNodes(graph).map((node) =>
    LayerConstraints.of(node, specs, { perChannelDense: false }, () => {}),
  );
  const [layer] = layers as [LayerConstraints];
  const pack = () => overhead + layer.bits(weights) / 8;
  return { layer, weights, specs, layers, pack };
}

it('finds the lambda at which the codes meet the target', () => {
  const { layer, layers, specs, weights, pack } = steered();
  const target = ByteTarget.of(specs, layers)!;
  for (const progress of [0, 0.25, 0.5, 0.6, 0.7, 0.85, 1]) {
    target.steer(progress, () => weights, pack);
    layer.update(weights, progress);
  }
  expect(pack()).toBeGreaterThan(0.97 * 3000);
  expect(pack()).toBeLessThanOrEqual(3000);
  expect(target.describe(pack())).toMatch(/^packs to \d+(\.\d+)? bytes, 3000 were wanted \(−\d\.\d %\)$/);
});

it('leaves lambda as small as a collapse has made it, also from saved state, and says so', () => {
  const { layer, layers, specs, weights, pack } = steered();
  const target = ByteTarget.of(specs, layers)!;
  target.steer(0, () => weights, pack);
  layer.update(weights, 0);
  const softened = layer.rate!.lambdaFactor / 8;
  layer.rate!.scaleLambda(softened, true);
  target.limit();
  const again = ByteTarget.of(specs, layers, structuredClone(target.save()))!;
  for (const progress of [0.25, 0.5, 0.6, 0.85, 1]) {
    again.steer(progress, () => weights, pack);
    layer.update(weights, progress);
    expect(layer.rate!.lambdaFactor).toBeLessThanOrEqual(softened);
  }
  expect(pack()).toBeGreaterThan(1.02 * 3000);
  expect(again.describe(pack())).toContain('with a larger lambda the network collapsed');
});
