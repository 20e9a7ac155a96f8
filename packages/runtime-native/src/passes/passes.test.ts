import { needing, noise, outputsOf } from '@weightfold/test-support';
import { type Model as TfliteModel, writeModel } from '@weightfold/tflite';
import { expect, it } from 'vitest';
import { addon } from '../native/addon.js';
import { encodePlan } from '../plan/encode.js';
import { defaultMaxArenaBytes, lower } from '../plan/lower.js';
import type { Plan } from '../plan/plan.js';
import { RandomNetwork } from '../test-support/random-network.js';

// 200 networks here; `npm run test:networks` tries 10,000.
const hundreds = Number(process.env.WEIGHTFOLD_NETWORKS ?? 200) / 100;
const hundred = (first: number) =>
  Array.from({ length: 100 }, (_, i) => new RandomNetwork(first + i, 3 + ((first + i) % 12)).build());
const plansOf = (networks: TfliteModel[], unsigned: boolean) =>
  networks.map((network) => lower(network, { unsigned }));

it('random networks meet every pass', () => {
  const networks = [...hundred(0), ...hundred(100)];
  const list = plansOf(networks, true);
  /** How often something holds for the operators and ops of all networks. */
  const count = (plans: Plan[], what: (plan: Plan, network: TfliteModel) => number) =>
    plans.reduce((sum, plan, i) => sum + what(plan, networks[i]!), 0);
  const of = (kind: string) => (plan: Plan) => plan.ops.filter((op) => op.kind === kind).length;
  const named = (name: string) => (plan: Plan) => plan.ops.filter((op) => op.name === name).length;
  const operators = (plan: Plan) => new Set(plan.ops.map(({ source }) => source)).size;
  expect(count(list, of('FILL_BORDER'))).toBeGreaterThan(100);
  const bordered = ({ ops, tensors }: Plan) =>
    ops.filter(({ kind, outputs }) => kind === 'TABLE' && tensors[outputs[0]!]!.border).length;
  expect(count(list, bordered)).toBeGreaterThan(10);
  expect(count(list, named('PAD'))).toBeGreaterThan(10);
  expect(count(list, ({ tensors }) => tensors.filter(({ type }) => type === 'uint8').length)).toBeGreaterThan(
    200,
  );
  // Folded and fused operators, and reshapes, leave no op.
  const gone = count(list, (plan, network) => network.subgraphs[0]!.operators.length - operators(plan));
  expect(gone).toBeGreaterThan(100);
  const inPlace = ({ ops, tensors }: Plan) =>
    ops.filter(
      ({ kind, inputs, outputs }) =>
        kind === 'ADD' && inputs.some((input) => tensors[input]!.offset === tensors[outputs[0]!]!.offset),
    ).length;
  expect(count(list, inPlace)).toBeGreaterThan(10);
  const fewerChannels = ({ tensors }: Plan, network: TfliteModel) => {
    const channels = new Map(
      network.subgraphs[0]!.tensors.map(({ name, shape }) => [String(name), shape[3]]),
    );
    return tensors.filter(
      ({ name, shape, location }) => location === 'arena' && shape[3]! < channels.get(name)!,
    ).length;
  };
  expect(count(list, fewerChannels)).toBeGreaterThan(10);
});

function run(plan: Plan, isa: string, examples: Uint8Array): Buffer {
  const native = addon().loadPlan(encodePlan(plan), isa, defaultMaxArenaBytes, 2);
  const view = (index: number) =>
    new Uint8Array(native.arena, plan.tensors[index]!.offset, plan.tensors[index]!.bytes);
  const input = view(plan.inputs[0]!);
  const outputs: Uint8Array[] = [];
  for (let at = 0; at < examples.length; at += input.length) {
    input.set(examples.subarray(at, at + input.length));
    native.invoke();
    for (const index of plan.outputs) outputs.push(view(index).slice());
  }
  native.dispose(native.arena);
  return Buffer.concat(outputs);
}

it.each(Array.from({ length: hundreds }, (_, i) => 100 * i))(
  'networks from %i on give the bytes of TensorFlow Lite Micro, as int8 and as uint8, in every instruction set',
  needing('python'),
  async (first) => {
    const networks = hundred(first);
    const cases = plansOf(networks, false).map(({ tensors, inputs }, i) => {
      return { model: writeModel(networks[i]!), examples: noise(3 * tensors[inputs[0]!]!.bytes, 5) };
    });
    const theirs = await outputsOf('tflm', cases);
    for (const unsigned of [false, true]) {
      for (const [i, plan] of plansOf(networks, unsigned).entries()) {
        for (const isa of addon().availableIsas()) {
          const label = `network ${first + i}, ${isa}, ${unsigned ? 'uint8' : 'int8'}`;
          expect.soft(Buffer.compare(run(plan, isa, cases[i]!.examples), theirs[i]!), label).toBe(0);
        }
      }
    }
  },
);
