import type { TrainedValues } from '../constraints/constraint.js';
import { type Tensor, tf } from '../tf.js';

/** What a stage trains beside the parameters of the network: they lie one after the other behind these in the flat vector. */
export class TrainedVariables<Key> {
  readonly size: number;
  private readonly entries: { key: Key; values: TrainedValues; offset: number; size: number }[] = [];

  constructor(entries: Iterable<readonly [Key, TrainedValues]>) {
    let offset = 0;
    for (const [key, values] of entries) {
      const size = values.shape.reduce((product, n) => product * n, 1);
      this.entries.push({ key, values, offset, size });
      offset += size;
    }
    this.size = offset;
  }

  read(): Float32Array {
    const flat = new Float32Array(this.size);
    for (const { values, offset } of this.entries) flat.set(values.read(), offset);
    return flat;
  }

  write(flat: Float32Array): void {
    for (const { values, offset, size } of this.entries) values.write(flat.slice(offset, offset + size));
  }

  /** The pieces of their part of the flat vector; there is none when nothing is trained. */
  split(flat: Tensor | undefined): Map<Key, Tensor> {
    if (!flat) return new Map();
    return new Map(
      this.entries.map(({ key, values, offset, size }) => [
        key,
        tf.slice(flat, [offset], [size]).reshape(values.shape),
      ]),
    );
  }
}
