import type { Objective } from '../config.js';
import { type Graph, logitsOf, type WeightedNode } from '../graph/graph.js';
import { meanSquaredError, softCrossEntropy } from '../ops.js';
import { type Tensor, tf } from '../tf.js';
import type { Batch } from './batches.js';
import type { FoldedLayer } from './fold.js';
import { inferenceForward, layerTensors } from './network.js';
import { taskLoss } from './objective.js';

/** Soft targets beside the labels (Hinton, Vinyals and Dean, 2015). */
export interface DistillationOptions {
  /** Part of the loss that the teacher's answers make; labels make the rest. */
  weight: number;
  /** What logits are divided by before softmax: more tells more of the unlikely classes. */
  temperature: number;
}

/** The float network as a teacher of the stages that come from it. */
export class Teacher {
  private readonly tensors: Map<WeightedNode, { weights: Tensor; bias: Tensor }>;

  constructor(
    private readonly graph: Graph,
    layers: FoldedLayer[],
    private readonly options: DistillationOptions,
    private readonly objective: Objective,
  ) {
    this.tensors = layerTensors(layers);
  }

  /**
   * What it thinks of a batch: probabilities [n, classes] at the temperature, or what it reconstructs. Must be called outside of the
   * gradient.
   */
  targets(x: Tensor): Tensor {
    const logits = logitsOf(this.graph);
    const inputs = new Map([[this.graph.inputs[0]!.name, x]]);
    const values = inferenceForward(this.graph, inputs, (node) => this.tensors.get(node)!, [logits]);
    const outputs = values.get(logits)!;
    return this.objective === 'reconstruction' ? outputs : tf.softmax(outputs.div(this.options.temperature));
  }

  /**
   * The loss of a batch's outputs. The soft part of a classifier's is scaled by the squared temperature, so that its gradients keep
   * their size.
   */
  loss(outputs: Tensor, batch: Batch, targets: Tensor): Tensor {
    const { weight, temperature } = this.options;
    const soft =
      this.objective === 'reconstruction'
        ? meanSquaredError(outputs, targets)
        : softCrossEntropy(outputs.div(temperature), targets).mul(temperature ** 2);
    return taskLoss(this.objective, outputs, batch)
      .mul(1 - weight)
      .add(soft.mul(weight));
  }

  dispose(): void {
    for (const { weights, bias } of this.tensors.values()) tf.dispose([weights, bias]);
  }
}
