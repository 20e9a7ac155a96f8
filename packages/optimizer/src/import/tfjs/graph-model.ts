import type { GraphInput } from '../../graph/graph.js';
import { ModelDraft } from '../draft.js';
import type { ImportedModel } from '../imported-model.js';
import { badConfig } from '../keras/config.js';
import { unsupported } from '../unsupported.js';
import { importers } from './graph-ops.js';
import { type ModelJson, readTfjsWeights, type TfjsWeight } from './weights.js';

/** A node of a TensorFlow GraphDef in tfjs' JSON. */
export interface NodeDef {
  name: string;
  op: string;
  input?: string[];
  attr?: Record<string, Attribute>;
}

interface Attribute {
  s?: string;
  i?: string | number;
  f?: number;
  b?: boolean;
  list?: { s?: string[]; i?: (string | number)[] };
  shape?: Dimensions & { shape?: Dimensions };
}

interface Dimensions {
  dim?: { size: string | number }[];
}

/** What an importer of one op sees: the node, and where its values and constants are. */
export class GraphModel {
  readonly draft: ModelDraft;
  readonly inputs: GraphInput[];
  private readonly nodes: NodeDef[];
  private readonly weights: Map<string, TfjsWeight>;
  /** What the signature names as outputs, in its order; null in files without one. */
  private readonly outputs: string[] | null;
  private constants = 0;

  constructor(file: string, json: ModelJson) {
    const nodes = json.modelTopology?.node;
    if (!Array.isArray(nodes)) throw badConfig(`${file}: modelTopology.node`, 'a list of nodes', nodes);
    this.nodes = nodes as NodeDef[];
    this.weights = readTfjsWeights(file, json);
    this.outputs = signatureOutputs(json);
    this.inputs = this.nodes.filter(({ op }) => op === 'Placeholder').map(placeholder);
    this.draft = new ModelDraft('graph-model', this.inputs);
  }

  run(): ImportedModel {
    const done = new Set(this.inputs.map(({ name }) => name));
    let waiting = this.nodes.filter(({ op }) => !['Placeholder', 'Const', 'NoOp'].includes(op));
    const outputs = this.outputs ?? unused(waiting);
    while (waiting.length > 0) {
      const ready = waiting.filter((node) =>
        sources(node).every((name) => done.has(name) || this.weights.has(name)),
      );
      if (ready.length === 0)
        throw badConfig(waiting[0]!.name, 'inputs that other nodes give', sources(waiting[0]!));
      for (const node of ready) {
        const importer = importers[node.op];
        if (!importer) throw unsupported(node.name, node.op);
        importer(this, node);
        done.add(node.name);
      }
      waiting = waiting.filter((node) => !ready.includes(node));
    }
    const missing = outputs.find((name) => !done.has(name));
    if (missing !== undefined) throw badConfig('signature.outputs', 'nodes of the graph', missing);
    return this.draft.finish(outputs);
  }

  /** The name of an input's value; a constant becomes a node. */
  value(node: NodeDef, index: number): string {
    const name = sources(node)[index]!;
    const constant = this.weights.get(name);
    if (!constant) return name;
    const own = `${name}/constant${this.constants++}`;
    const shape =
      constant.shape.length > 1 && constant.shape[0] === 1 ? constant.shape.slice(1) : constant.shape;
    this.draft.add({ op: 'CONSTANT', name: own, inputs: [], shape, data: constant.values });
    return own;
  }

  /** An input that has to be constant. */
  constant(node: NodeDef, index: number, what: string): TfjsWeight {
    const found = this.weights.get(sources(node)[index] ?? '');
    if (!found) throw unsupported(node.name, node.op, `expected ${what} to be constant`);
    return found;
  }

  isConstant(name: string): boolean {
    return this.weights.has(name);
  }

  inputsOf(node: NodeDef): string[] {
    return sources(node);
  }
}

/** Reads a tfjs GraphModel. @throws UnsupportedError naming the first op that the graph has no node for */
export function importGraphModel(file: string, json: ModelJson): ImportedModel {
  return new GraphModel(file, json).run();
}

function signatureOutputs({ signature }: ModelJson): string[] | null {
  const { outputs } = (signature ?? {}) as { outputs?: Record<string, { name?: string } | null> };
  const names = Object.entries(outputs ?? {}).map(([key, output]) => String(output?.name ?? key));
  return names.length > 0 ? names.map((name) => name.replace(/:\d+$/, '')) : null;
}

/** Nodes that no other takes. */
function unused(nodes: NodeDef[]): string[] {
  const used = new Set(nodes.flatMap((node) => sources(node)));
  return nodes.filter(({ name }) => !used.has(name)).map(({ name }) => name);
}

/** Names of a node's inputs, without control inputs and output numbers. */
function sources({ input = [] }: NodeDef): string[] {
  return input.filter((name) => !name.startsWith('^')).map((name) => name.replace(/:\d+$/, ''));
}

function placeholder({ name, attr }: NodeDef): GraphInput {
  const shape = (attr?.shape?.shape?.dim ?? []).slice(1).map(({ size }) => Number(size));
  if (shape.length > 0 && shape.every((size) => size > 0)) return { name, shape };
  throw badConfig(`${name}, shape`, 'sizes of all dimensions but the batch', shape);
}
