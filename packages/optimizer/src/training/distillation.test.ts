import { expect, it } from 'vitest';
import { dsCnn } from '../graph/models.js';
import { randomFor } from '../random.js';
import { type Tensor, tf } from '../tf.js';
import { Teacher } from './distillation.js';
import { initialParameters, parameterSlots } from './parameters.js';
import { floatLayers, predict } from './predict.js';

const graph = dsCnn({ inputShape: [12, 10, 1], classes: 5, size: 'S', dropout: 0, firstDropout: 0 });
const slots = parameterSlots(graph);
const values = initialParameters(graph, slots, 1);
const moments = new Map(
  graph.nodes.flatMap((node) =>
    'batchNorm' in node && node.batchNorm && 'channels' in node
      ? [
          [
            node.name,
            { mean: new Float32Array(node.channels), variance: new Float32Array(node.channels).fill(1) },
          ],
        ]
      : [],
  ),
);
const layers = floatLayers(graph, { slots, values, moments });
const random = randomFor('distillation.test');
const x = Float32Array.from({ length: 3 * 120 }, () => 3 * random.normal());
const batch = tf.tensor(x, [3, 12, 10, 1]);
const labels = tf.tensor1d([0, 1, 2], 'int32');

it('teaches what the float network says, at temperature 1 as it says it', () => {
  const teacher = new Teacher(graph, layers, { weight: 1, temperature: 1 }, 'classification');
  const [softmax] = predict(graph, layers, new Map([['input', x]]), 3);
  const targets = teacher.targets(batch).dataSync() as Float32Array;
  targets.forEach((target, i) => {
    expect(target).toBeCloseTo(softmax![i]!, 5);
  });
  const warm = new Teacher(graph, layers, { weight: 1, temperature: 10 }, 'classification')
    .targets(batch)
    .dataSync();
  expect(Math.max(...(warm as Float32Array))).toBeLessThan(Math.max(...targets));
});

it('has no gradient where the student answers as the teacher does, whatever the labels', () => {
  const temperature = 4;
  const teacher = new Teacher(graph, layers, { weight: 1, temperature }, 'classification');
  const targets = teacher.targets(batch);
  const same = tf.log(targets).mul(temperature);
  const gradientAt = (logits: Tensor) =>
    Math.max(
      ...(tf
        .grad((z) => teacher.loss(z, { x: batch, labels }, targets))(logits)
        .abs()
        .dataSync() as Float32Array),
    );
  expect(gradientAt(same)).toBeLessThan(1e-5);
  expect(gradientAt(same.add(tf.tensor1d([1, 0, 0, 0, 0])))).toBeGreaterThan(0.01);
});

it('mixes with the labels by weight', () => {
  const logits = tf.randomNormal([3, 5], 0, 1, 'float32', 3);
  const loss = (weight: number) => {
    const teacher = new Teacher(graph, layers, { weight, temperature: 2 }, 'classification');
    return teacher.loss(logits, { x: batch, labels }, teacher.targets(batch)).dataSync()[0]!;
  };
  expect(loss(0.25)).toBeCloseTo(0.75 * loss(0) + 0.25 * loss(1), 4);
});

it('teaches a network without classes what the float network reconstructs', () => {
  const outputs = tf.randomNormal([3, 12, 10, 1], 0, 1, 'float32', 3);
  const theirs = tf.randomNormal([3, 12, 10, 1], 0, 1, 'float32', 4);
  const teacher = new Teacher(graph, layers, { weight: 0.25, temperature: 4 }, 'reconstruction');
  const mean = (of: Tensor) => outputs.sub(of).square().mean().dataSync()[0]!;
  const loss = teacher.loss(outputs, { x: batch, labels }, theirs).dataSync()[0]!;
  expect(loss).toBeCloseTo(0.75 * mean(batch) + 0.25 * mean(theirs), 3);
});
