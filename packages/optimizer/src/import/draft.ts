import type { Activation, ConstantNode, Graph, GraphInput, GraphNode, WeightedNode } from '../graph/graph.js';
import { isWeighted } from '../graph/graph.js';
import { shapeOf } from '../graph/shapes.js';
import {
  type BatchNormValues,
  type ImportedModel,
  importedModel,
  type LayerValues,
} from './imported-model.js';

/** Batch normalization as other formats have it: a layer of its own. */
export interface BatchNormDraft {
  op: 'BATCH_NORM';
  name: string;
  inputs: string[];
  values: BatchNormValues;
}

type DraftNode = GraphNode | BatchNormDraft;

/**
 * A network as an importer finds it, node by node. `finish` folds what belongs together: batch normalization behind a layer
 * with weights becomes its own, elsewhere a multiplication and an addition; an activation behind a node that can have one is
 * fused into it.
 */
export class ModelDraft {
  private nodes: DraftNode[] = [];
  private readonly layers = new Map<string, LayerValues>();
  private readonly aliases = new Map<string, string>();
  private readonly shapes: Map<string, number[]>;

  constructor(
    private readonly name: string,
    private readonly inputs: GraphInput[],
  ) {
    this.shapes = new Map(inputs.map((input) => [input.name, input.shape]));
  }

  /** Adds a node behind those that it takes. @throws OptimizerError when they do not fit */
  add(node: DraftNode): void {
    node.inputs = node.inputs.map((name) => this.resolve(name));
    const shapes = node.inputs.map((name) => this.shapeOf(name));
    this.shapes.set(node.name, node.op === 'BATCH_NORM' ? shapes[0]! : shapeOf(node, shapes));
    this.nodes.push(node);
  }

  addLayer(node: WeightedNode, values: LayerValues): void {
    this.add(node);
    this.layers.set(node.name, values);
  }

  /** Makes a name stand for another's value. */
  alias(name: string, of: string): void {
    this.aliases.set(name, this.resolve(of));
  }

  /** Shape, without the batch, of a value that is there. */
  shapeOf(name: string): number[] {
    return this.shapes.get(this.resolve(name))!;
  }

  private resolve(name: string): string {
    return this.aliases.get(name) ?? name;
  }

  finish(names: string[]): ImportedModel {
    const outputs = names.map((name) => this.resolve(name));
    this.mergeReshapes(outputs);
    this.foldBatchNorms(outputs);
    this.fuseActivations(outputs);
    const graph: Graph = { name: this.name, inputs: this.inputs, nodes: this.nodes as GraphNode[], outputs };
    return importedModel(graph, this.layers);
  }

  /** A reshape of a reshape is the second alone; one that changes nothing is left out. */
  private mergeReshapes(outputs: string[]): void {
    for (const node of [...this.nodes]) {
      if (node.op !== 'RESHAPE') continue;
      const before = this.nodes.find(({ name }) => name === node.inputs[0]);
      if (before?.op === 'RESHAPE') {
        node.inputs = before.inputs;
        const used =
          outputs.includes(before.name) || this.nodes.some(({ inputs }) => inputs.includes(before.name));
        if (!used) this.nodes = this.nodes.filter((other) => other !== before);
      }
      if (String(this.shapes.get(node.inputs[0]!)) !== String(node.shape) || outputs.includes(node.name))
        continue;
      this.nodes = this.nodes.filter((other) => other !== node);
      for (const user of this.nodes)
        user.inputs = user.inputs.map((name) => (name === node.name ? node.inputs[0]! : name));
    }
  }

  private foldBatchNorms(outputs: string[]): void {
    for (const node of [...this.nodes]) {
      if (node.op !== 'BATCH_NORM') continue;
      const before = this.onlyUserOf(node, outputs);
      if (before && isWeightedDraft(before) && before.activation === 'NONE' && !before.batchNorm) {
        before.batchNorm = { epsilon: node.values.epsilon };
        this.layers.get(before.name)!.batchNorm = node.values;
        this.absorb(node, before);
      } else {
        this.replace(node, asMultiplyAdd(node));
      }
    }
  }

  private fuseActivations(outputs: string[]): void {
    for (const node of [...this.nodes]) {
      if (node.op !== 'RELU' && node.op !== 'RELU6') continue;
      const before = this.onlyUserOf(node, outputs);
      if (before && canFuse(before)) {
        before.activation = node.op;
        this.absorb(node, before);
      }
    }
  }

  /** The node whose value only this one takes, if there is one. */
  private onlyUserOf(node: DraftNode, outputs: string[]): DraftNode | undefined {
    const [from] = node.inputs;
    const users = this.nodes.filter(({ inputs }) => inputs.includes(from!));
    if (users.length !== 1 || outputs.includes(from!)) return undefined;
    return this.nodes.find(({ name }) => name === from);
  }

  /** Leaves a node out: `before` takes its name, so that others find its value where it was. */
  private absorb(node: DraftNode, before: DraftNode): void {
    const values = this.layers.get(before.name);
    this.layers.delete(before.name);
    if (values) this.layers.set(node.name, values);
    before.name = node.name;
    this.nodes = this.nodes.filter((other) => other !== node);
  }

  private replace(node: DraftNode, others: DraftNode[]): void {
    this.nodes = this.nodes.flatMap((other) => (other === node ? others : [other]));
  }
}

function isWeightedDraft(node: DraftNode): node is WeightedNode {
  return node.op !== 'BATCH_NORM' && isWeighted(node);
}

/** Nodes whose operator has a fused activation in every runtime. */
function canFuse(node: DraftNode): node is Extract<GraphNode, { activation: Activation }> {
  return 'activation' in node && node.activation === 'NONE' && node.op !== 'TRANSPOSE_CONV';
}

/** gamma / √(variance + ε) × x + (beta − mean × gamma / √(variance + ε)), for batch normalization that nothing can take in. */
function asMultiplyAdd({ name, inputs, values }: BatchNormDraft): GraphNode[] {
  const { gamma, beta, mean, variance, epsilon } = values;
  const factor = gamma.map((g, i) => g / Math.sqrt(variance[i]! + epsilon));
  const offset = beta.map((b, i) => b - mean[i]! * factor[i]!);
  const constant = (suffix: string, data: Float32Array): ConstantNode => ({
    op: 'CONSTANT',
    name: `${name}/${suffix}`,
    inputs: [],
    shape: [data.length],
    data,
  });
  return [
    constant('factor', factor),
    { op: 'MUL', name: `${name}/scaled`, inputs: [inputs[0]!, `${name}/factor`], activation: 'NONE' },
    constant('offset', offset),
    { op: 'ADD', name, inputs: [`${name}/scaled`, `${name}/offset`], activation: 'NONE' },
  ];
}
