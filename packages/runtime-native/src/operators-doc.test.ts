import fs from 'node:fs';
import { dtypeName, TensorType } from '@weightfold/tflite';
import { expect, it } from 'vitest';
import { Model } from './index.js';
import { loweringsFloat } from './lower/float32.js';
import { lowerings16 } from './lower/int16.js';
import { lowerings } from './lower/registry.js';
import { unsignedOperators } from './plan/unsigned.js';
import { dice } from './test-support/dice.js';
import type { Generators } from './test-support/judge.js';
import { at, buildOneOp, integers, plain } from './test-support/one-op.js';
import { litert, micro } from './test-support/random-ops/index.js';

// docs/operators.md says what runs; the registry, the random tests and their judges know.

const text = fs.readFileSync(new URL('../../../docs/operators.md', import.meta.url), 'utf8');
const rows = [...text.matchAll(/^\| ([A-Z0-9_]+) \| (.+?) \| (.+?) \|/gm)].map(([, name, types, judge]) => ({
  name: name!,
  types: types === 'any' ? ['int8', 'uint8', 'int16', 'int32', 'float32', 'bool'] : types!.split(', '),
  judge: judge!,
}));
const row = (name: string) => rows.find((one) => one.name === name)!;

/** The operators of random tests, each with the types of its first input that is no list of integers. */
function tested(generators: Generators): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const generate of Object.values(generators)) {
    for (let seed = 0; seed < 20; seed++) {
      const { op, inputs } = generate(dice(seed), seed);
      const types = inputs.flatMap((input) => (input && !('data' in input) ? [input] : []));
      const { type, scale } = types[0] ?? { type: TensorType.INT8, scale: 1 };
      const name = dtypeName(type ?? (scale === 0 ? TensorType.FLOAT32 : TensorType.INT8));
      found.set(op, (found.get(op) ?? new Set()).add(name));
    }
  }
  return found;
}

it('the table has a line for every operator that can be lowered, in order', () => {
  expect(rows.map(({ name }) => name)).toEqual(Object.keys(lowerings).sort());
});

it('every type that is tested, or has rules of its own, stands there', () => {
  for (const name of Object.keys(lowerings16)) expect(row(name).types, name).toContain('int16');
  for (const name of Object.keys(loweringsFloat)) expect(row(name).types, name).toContain('float32');
  for (const name of unsignedOperators) expect(row(name).types, name).toContain('uint8');
  for (const [name, types] of [...tested(micro), ...tested(litert)]) {
    expect(row(name).types, name).toEqual(expect.arrayContaining([...types]));
  }
});

it('the judge is the one that the tests ask', () => {
  const [byMicro, byLitert] = [tested(micro), tested(litert)];
  for (const { name, judge } of rows) {
    if (byMicro.has(name)) expect(judge, name).toBe('TFLite Micro');
    else if (byLitert.has(name)) expect(judge, name).toBe('LiteRT');
  }
});

it('what does not stand there is refused by operator, place, version and tensors', () => {
  const inputs = [at([2, 3]), at([2, 3])];
  const model = buildOneOp({ op: 'POW', version: 4, inputs, output: at([2, 3]) });
  expect(() => Model.load(model)).toThrow(
    expect.objectContaining({
      code: 'UNSUPPORTED',
      where: 'operator 0 (POW)',
      received: 'POW of int8 [2,3], int8 [2,3] to int8 [2,3]',
      message: expect.stringContaining('operator version 4'),
    }),
  );
});

it('and so is an input of a type that plans do not hold', () => {
  const halves = { ...plain([2, 3]), type: TensorType.FLOAT16 };
  const model = buildOneOp({
    op: 'SLICE',
    version: 3,
    inputs: [halves, integers(0, 0), integers(2, 1)],
    output: halves,
  });
  expect(() => Model.load(model)).toThrow(/^Tensor x0 has type float16/);
});
