import { bytesOf, modelFile, needing } from '@weightfold/test-support';
import fc from 'fast-check';
import * as flatbuffers from 'flatbuffers';
import { describe, expect, it } from 'vitest';
import { readModel, TfliteError, weightStatistics, writeModel } from './index.js';
import { smallModel } from './test-support/small-model.js';

/**
 * A damaged file may still be a valid model, which can then be counted and written; anything else must be a TfliteError,
 * never another exception, and all of it within a second of processor time.
 */
function readsOrRefuses(bytes: Uint8Array): boolean {
  const start = process.cpuUsage();
  let read = false;
  try {
    const model = readModel(bytes);
    read = true;
    weightStatistics(model);
    readModel(writeModel(model));
  } catch (error) {
    if (read || !(error instanceof TfliteError)) throw error;
    if (!/expected .+ but received /.test(error.message) || !error.where) throw error;
  }
  const { user, system } = process.cpuUsage(start);
  if (user + system > 1e6) throw new Error(`took ${(user + system) / 1e6} s`);
  return read;
}

describe('a small model', () => {
  const bytes = writeModel(smallModel());

  it('with any byte set to 00 or FF, or one of its bits flipped, is read or refused', () => {
    let read = 0;
    let all = 0;
    for (let at = 0; at < bytes.length; at++) {
      for (const value of [0x00, 0xff, bytes[at]! ^ (1 << (at % 8)), bytes[at]! ^ 0x80]) {
        const damaged = bytes.slice();
        damaged[at] = value;
        if (readsOrRefuses(damaged)) read++;
        all++;
      }
    }
    expect(read / all).toBeGreaterThan(0.1); // else the mutants would exercise the verifier only
    expect(read / all).toBeLessThan(0.9);
  });

  it('cut at any byte is refused', () => {
    for (let length = 0; length < bytes.length - 16; length++) {
      expect(() => readModel(bytes.subarray(0, length)), `length ${length}`).toThrow(TfliteError);
    }
  });

  it('names what is wrong and where', () => {
    const damaged = bytes.slice();
    damaged.set([0xff, 0xff, 0xff, 0x7f], 0);
    expect(() => readModel(damaged)).toThrow(
      /Model at byte 0: expected an offset of 1 to \d+ but received 2147483647/,
    );
    expect(() => readModel(new TextEncoder().encode('PK\x03\x04 no model'))).toThrow(
      /expected the identifier TFL3 at byte 4/,
    );
  });
});

describe.each(['tflm_hello_world_int8', 'tflm_mnist_lstm_int8', 'mww_vad_v2'])('%s', (name) => {
  it('damaged by flips, cuts and spliced offsets is read or refused', needing('data'), () => {
    const bytes = bytesOf(modelFile(`${name}.tflite`));
    const at = fc.nat(bytes.length - 4);
    // Tables and vtables lie near both ends of these files; offsets are words that are small numbers.
    const damage = fc.oneof(
      fc.record({ kind: fc.constant('flip' as const), at, value: fc.nat(255) }),
      fc.record({ kind: fc.constant('cut' as const), at, value: fc.constant(0) }),
      fc.record({
        kind: fc.constant('splice' as const),
        at,
        value: fc.oneof(fc.nat(bytes.length), fc.integer()),
      }),
      fc.record({ kind: fc.constant('copy' as const), at, value: at }),
    );
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 8 }), (damages) => {
        let damaged = bytes.slice();
        for (const { kind, at, value } of damages) {
          if (at + 4 > damaged.length) continue;
          const view = new DataView(damaged.buffer);
          const word = at & ~3;
          if (kind === 'flip') damaged[at] = damaged[at]! ^ value;
          else if (kind === 'splice') view.setInt32(word, value, true);
          else if (kind === 'copy') damaged.copyWithin(word, value & ~3, (value & ~3) + 4);
          else if (at > bytes.length / 2) damaged = damaged.slice(0, at);
        }
        readsOrRefuses(damaged);
      }),
      { numRuns: 700, seed: 20261124 },
    );
  });
});

/** A file whose subgraphs all are one table, whose tensors all are one table. */
function sharing(tensors: number, subgraphs: number): Uint8Array {
  const builder = new flatbuffers.Builder(4096);
  const table = (fields: [slot: number, offset: number][], slots: number) => {
    builder.startObject(slots);
    for (const [slot, offset] of fields) builder.addFieldOffset(slot, offset, 0);
    return builder.endObject();
  };
  const vector = (count: number, offset: number) => {
    builder.startVector(4, count, 4);
    for (let i = 0; i < count; i++) builder.addOffset(offset);
    return builder.endVector();
  };
  const graph = table([[0, vector(tensors, table([], 11))]], 6);
  const [graphs, buffers] = [vector(subgraphs, graph), vector(1, table([], 3))];
  builder.startObject(10);
  builder.addFieldInt32(0, 3, 0);
  builder.addFieldOffset(2, graphs, 0);
  builder.addFieldOffset(4, buffers, 0);
  builder.finish(builder.endObject(), 'TFL3');
  return builder.asUint8Array().slice();
}

it('a file that unpacks to far more than its size by sharing tables is refused before it is unpacked', () => {
  expect(readModel(sharing(10, 2)).subgraphs.map(({ tensors }) => tensors.length)).toEqual([10, 10]);
  expect(() => readModel(sharing(50_000, 50_000))).toThrow(/shared many times/);
});

it('a weight with no elements along one dimension and billions along another is not counted', () => {
  const model = smallModel();
  model.subgraphs[0]!.tensors.find(({ name }) => name === 'weights')!.shape = [2 ** 31 - 1, 0];
  expect(weightStatistics(readModel(writeModel(model))).map(({ name }) => name)).toEqual(['kernel']);
});
