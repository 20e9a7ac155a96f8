import fs from 'node:fs';
import { modelFile, needing, noise } from '@weightfold/test-support';
import { BuiltinOperator, OperatorCodeT, readModel } from '@weightfold/tflite';
import { afterEach, expect, it, vi } from 'vitest';
import { decodeContainer, Model, nativeInfo } from './index.js';
import { addon } from './native/addon.js';
import { encodePlan } from './plan/encode.js';
import { lower } from './plan/lower.js';

const file = modelFile('mlperf_kws01_dscnn_int8.tflite');

it('tells what is loaded', () => {
  const info = nativeInfo();
  expect(info).toMatchObject({ loaded: true, isa: expect.any(String) });
  expect(info.available[0]).toBe('scalar');
  expect(info.available).toContain(info.isa);
});

afterEach(() => {
  vi.unstubAllEnvs();
});

it('tells a wrong WEIGHTFOLD_ISA from a missing addon', () => {
  const { available } = nativeInfo();
  vi.stubEnv('WEIGHTFOLD_ISA', 'avx9');
  const info = nativeInfo();
  expect(info).toMatchObject({ loaded: true, isa: null, available });
  expect(info.error).toMatch(/expected one of scalar.* but received avx9/);
  expect(info.hint).toMatch(/unset WEIGHTFOLD_ISA/);
});

it('refuses wrong options and inputs by name', needing('data'), () => {
  expect(() => Model.load(file, { isa: 'avx9' })).toThrow(/expected one of scalar.* but received avx9/);
  expect(() => Model.load(file, { threads: 0 })).toThrow(/threads: expected 1 to 64 but received 0/);
  expect(() => Model.load(file, { rounding: 'up' as never })).toThrow(
    /tflm, litert-ref, single but received up/,
  );
  const model = Model.load(file);
  expect(() => model.run([new Int8Array(3)])).toThrow(/expected 490 values of int8 but received 3/);
  expect(() => model.run([])).toThrow(/expected 1 inputs but received 0/);
  model.dispose();
  expect(() => model.invoke()).toThrow(
    expect.objectContaining({ name: 'WeightfoldError', code: 'DISPOSED' }),
  );
});

it('refuses damaged plans, whatever byte is damaged, and never crashes', needing('data'), () => {
  const plan = encodePlan(lower(readModel(new Uint8Array(fs.readFileSync(file)))));
  const random = noise(4 * 400, 3);
  let refused = 0;
  for (let i = 0; i < 400; i++) {
    const damaged = plan.slice();
    // Mostly in the tables at the start, where offsets and sizes are; weights behind them are only data.
    const at = ((random[4 * i]! << 8) | random[4 * i + 1]!) % Math.min(plan.length, 6000);
    damaged[at] = random[4 * i + 2]!;
    try {
      const loaded = addon().loadPlan(damaged, 'scalar', 2 ** 20, 1);
      loaded.invoke();
      loaded.dispose(loaded.arena);
    } catch (error) {
      refused++;
      expect((error as { code?: string }).code).toBe('BAD_PLAN');
    }
  }
  expect(refused).toBeGreaterThan(20);
  for (const length of [0, 1, 7, 8, 64, plan.length - 1]) {
    expect(() => addon().loadPlan(plan.slice(0, length), 'scalar', 2 ** 20, 1), `length ${length}`).toThrow();
  }
});

// The kernels of AVX2 stage the inputs of a fully connected layer: 128 bytes of scratch, beside an arena of 32.
const onAvx2 = { skip: needing('data').skip || !nativeInfo().available.includes('avx2') };
it('names operator and tensor where a limit of the kernels is passed, and says what to do', onAvx2, () => {
  const small = modelFile('tflm_hello_world_int8.tflite');
  const failure = {
    code: 'BAD_PLAN',
    message: expect.stringMatching(
      /^operator 0 \(FULLY_CONNECTED\), output tensor \S.*: plan: op 0 .*bytes of scratch/,
    ),
    where: expect.stringMatching(/^operator 0 \(FULLY_CONNECTED\), output tensor /),
    hint: expect.stringContaining('larger maxArenaBytes'),
  };
  expect(() => Model.load(small, { isa: 'avx2', maxArenaBytes: 64 })).toThrow(
    expect.objectContaining(failure),
  );
});

it('refuses bytes that are no container, and says where', () => {
  expect(() => decodeContainer(new Uint8Array(100))).toThrow(/byte 0|magic/);
});

it.each(['constructor', 'toString', 'ADD', 'MyOp'])(
  'refuses a custom operator called %s',
  needing('data'),
  (name) => {
    const model = readModel(fs.readFileSync(file));
    const { operators } = model.subgraphs[0]!;
    model.operatorCodes.push(new OperatorCodeT(BuiltinOperator.CUSTOM, name, 1, BuiltinOperator.CUSTOM));
    operators.at(-1)!.opcodeIndex = model.operatorCodes.length - 1;
    expect(() => lower(model)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
  },
);
