import { TfliteError } from './errors.js';
import type { ModelT } from './generated/tflite.js';
import { type Field, layoutOf, newTable, type Scalar, scalarSizes, unionMember } from './layout.js';
import { pathText } from './locate.js';

const maxDepth = 32;

type Row = Record<string, unknown>;

/**
 * Makes objects of a flatbuffer whose root table is a Model. Everything is checked against the schema before it is read: every
 * offset, vtable, vector length, string end, alignment and union type. The rules are those of the FlatBuffers internals document
 * ("FlatBuffer binary format"). Data of buffers, and vectors of floats and of 64-bit
 * integers, are views into `bytes`, where their address allows it.
 *
 * A hostile file can let many fields share one table, so that unpacking it takes far more memory than the file has
 * bytes. Hence a budget: everything reachable, counted as often as it is reached, may be at most twice the file. Files that
 * share nothing need no more than once. Data of buffers is free.
 *
 * @throws TfliteError naming table, field and byte offset
 */
export function unpackModel(bytes: Uint8Array): ModelT {
  return new Unpacker(bytes).root();
}

/** What is wrong, and where; every level on the way out puts its step in front of the path, which good files never need. */
class Fault {
  readonly path: (string | number)[] = [];

  constructor(
    readonly offset: number,
    readonly expected: string,
    readonly received: string,
  ) {}

  static under(step: string | number, error: unknown): unknown {
    if (error instanceof Fault) error.path.unshift(step);
    return error;
  }

  toError(): TfliteError {
    const { expected, received } = this;
    const where = `${pathText(this.path)} at byte ${this.offset}`;
    return new TfliteError(`damaged .tflite: ${where}: expected ${expected} but received ${received}`, {
      where,
      expected,
      received,
      hint: 'the file is truncated or damaged; get it again from its source',
    });
  }
}

class Unpacker {
  /** Not a Buffer, whose `slice` copies nothing: what is cut out of it goes to whoever reads the model. */
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly text: Buffer;
  private readonly size: number;
  private budget: number;

  constructor({ buffer, byteOffset, byteLength }: Uint8Array) {
    this.bytes = new Uint8Array(buffer, byteOffset, byteLength);
    this.view = new DataView(buffer, byteOffset, byteLength);
    this.text = Buffer.from(buffer, byteOffset, byteLength);
    this.size = byteLength;
    this.budget = 2 * byteLength + 4096;
  }

  root(): ModelT {
    try {
      if (this.size < 8) this.fail(0, 'at least 8 bytes', `${this.size} bytes`);
      return this.table('Model', this.offset(0), 0) as unknown as ModelT;
    } catch (error) {
      throw error instanceof Fault ? error.toError() : error;
    }
  }

  private table(name: string, position: number, depth: number): Row {
    if (depth > maxDepth) this.fail(position, `at most ${maxDepth} nested tables`, 'more');
    const { view } = this;
    this.need(position, 4, 4);
    const vtable = position - view.getInt32(position, true);
    if (vtable < 0) this.fail(position, 'a vtable inside the file', `offset ${vtable}`);
    this.need(vtable, 4, 2);
    const vtableSize = view.getUint16(vtable, true);
    const tableSize = view.getUint16(vtable + 2, true);
    if (vtableSize < 4 || vtableSize % 2 !== 0)
      this.fail(vtable, 'an even vtable size of at least 4', `${vtableSize}`);
    this.need(vtable, vtableSize, 2);
    if (tableSize < 4) this.fail(vtable + 2, 'a table size of at least 4', `${tableSize}`);
    this.need(position, tableSize, 4);
    this.spend(tableSize, position);
    const row = newTable(name);
    const layout = layoutOf(name);
    const slots = Math.min(layout.length, (vtableSize - 4) / 2);
    let before = 0;
    for (let slot = 0; slot < slots; slot++) {
      const relative = view.getUint16(vtable + 4 + 2 * slot, true);
      const field = relative === 0 ? undefined : layout[slot];
      const place = relative === 0 ? 0 : position + relative;
      if (field) {
        try {
          this.inside(field.size, place, position, tableSize);
          row[field.name] =
            name === 'Buffer' ? this.bufferField(field, place) : this.field(field, place, depth, before);
        } catch (error) {
          throw Fault.under(field.name, error);
        }
      }
      before = place;
    }
    return row;
  }

  /** Checks that a field of so many bytes lies in its table, which lies in the file. */
  private inside(size: number, place: number, position: number, tableSize: number): void {
    if (place < position + 4 || place + size > position + tableSize) {
      const inside = `a field inside its table (bytes ${position + 4} to ${position + tableSize})`;
      this.fail(place, inside, `byte ${place}`);
    }
    if (place % size !== 0) this.fail(place, `an offset that is a multiple of ${size}`, `${place}`);
  }

  /** @param before where the field of the slot before it is, 0 when the table has none: it holds the type of a union */
  private field({ kind }: Field, place: number, depth: number, before: number): unknown {
    switch (kind.is) {
      case 'scalar':
        return this.scalar(kind.scalar, place);
      case 'scalars':
        return this.scalars(kind.scalar, this.offset(place));
      case 'table':
        return this.table(kind.table, this.offset(place), depth + 1);
      case 'string':
        return this.string(this.offset(place));
      case 'unionType':
        return this.view.getUint8(place);
      case 'union':
        return this.union(kind.of, place, depth, before);
      case 'tables':
        return this.each(place, (target) => this.table(kind.table, target, depth + 1));
      case 'strings':
        return this.each(place, (target) => this.string(target));
    }
  }

  private bufferField({ kind }: Field, place: number): unknown {
    if (kind.is !== 'scalars') return this.scalar((kind as { scalar: Scalar }).scalar, place);
    const start = this.offset(place);
    const length = this.vector(start, 1, 0);
    return this.bytes.subarray(start + 4, start + 4 + length);
  }

  private union(of: string, place: number, depth: number, typePlace: number): Row | null {
    const type = typePlace === 0 ? 0 : this.view.getUint8(typePlace);
    if (type === 0) return null;
    const member = unionMember(of, type);
    if (!member) this.fail(typePlace, `a type of ${of} known to this version`, `type ${type}`);
    return this.table(member, this.offset(place), depth + 1);
  }

  private scalar(scalar: Scalar, place: number): number | bigint | boolean {
    const { view } = this;
    switch (scalar) {
      case 'bool':
        return view.getUint8(place) !== 0;
      case 'byte':
        return view.getInt8(place);
      case 'ubyte':
        return view.getUint8(place);
      case 'short':
        return view.getInt16(place, true);
      case 'ushort':
        return view.getUint16(place, true);
      case 'int':
        return view.getInt32(place, true);
      case 'uint':
        return view.getUint32(place, true);
      case 'float':
        return view.getFloat32(place, true);
      case 'long':
        return view.getBigInt64(place, true);
      case 'ulong':
        return view.getBigUint64(place, true);
    }
  }

  private each<T>(place: number, item: (target: number) => T): T[] {
    const start = this.offset(place);
    const count = this.vector(start, 4);
    const items = new Array<T>(count);
    let i = 0;
    try {
      for (; i < count; i++) items[i] = item(this.offset(start + 4 + 4 * i));
    } catch (error) {
      throw Fault.under(i, error);
    }
    return items;
  }

  private scalars(scalar: Scalar, start: number): ArrayLike<number | bigint | boolean> {
    const size = scalarSizes[scalar];
    const count = this.vector(start, size);
    const first = start + 4;
    if (scalar === 'float') return new Float32Array(...this.elements(first, count, 4));
    if (scalar === 'long') return new BigInt64Array(...this.elements(first, count, 8));
    if (scalar === 'ulong') return new BigUint64Array(...this.elements(first, count, 8));
    if (scalar === 'int') return this.integers(first, count);
    const items = new Array<number | bigint | boolean>(count);
    for (let i = 0; i < count; i++) items[i] = this.scalar(scalar, first + i * size);
    return items;
  }

  private integers(first: number, count: number): number[] {
    const items = new Array<number>(count);
    for (let i = 0; i < count; i++) items[i] = this.view.getInt32(first + 4 * i, true);
    return items;
  }

  /** Arguments for a typed array of a vector: a view where it lies at a multiple of its size, else of a copy. */
  private elements(first: number, count: number, size: number): [ArrayBufferLike, number, number] {
    const at = this.bytes.byteOffset + first;
    if (at % size === 0) return [this.bytes.buffer, at, count];
    return [this.bytes.slice(first, first + count * size).buffer, 0, count];
  }

  /** Checks length and place of a vector and returns its number of elements. */
  private vector(start: number, elementSize: number, cost = elementSize): number {
    this.need(start, 4, 4);
    const count = this.view.getUint32(start, true);
    const room = this.size - start - 4;
    if (count * elementSize > room) {
      const most = Math.floor(room / elementSize);
      this.fail(start, `at most ${most} elements (to the end of the file)`, `${count}`);
    }
    if (count > 0 && (start + 4) % elementSize !== 0)
      this.fail(start + 4, `an offset that is a multiple of ${elementSize}`, `${start + 4}`);
    this.spend(4 + count * cost, start);
    return count;
  }

  private string(start: number): string {
    const length = this.vector(start, 1);
    const end = start + 4 + length;
    if (end >= this.size || this.view.getUint8(end) !== 0)
      this.fail(end, 'a zero byte after the string', 'none');
    return this.text.toString('utf8', start + 4, end);
  }

  /** Follows the unsigned offset at a place that lies inside the file, at a multiple of 4. */
  private offset(place: number): number {
    const relative = this.view.getUint32(place, true);
    if (relative === 0 || relative > this.size - place)
      this.fail(place, `an offset of 1 to ${this.size - place}`, `${relative}`);
    return place + relative;
  }

  private need(start: number, length: number, alignment: number): void {
    if (start < 0 || start + length > this.size) {
      const expected = `${length} bytes inside the file of ${this.size} bytes`;
      this.fail(start, expected, `a range that ends at ${start + length}`);
    }
    if (start % alignment !== 0) this.fail(start, `an offset that is a multiple of ${alignment}`, `${start}`);
  }

  private spend(amount: number, position: number): void {
    this.budget -= amount;
    if (this.budget >= 0) return;
    this.fail(position, 'tables and vectors of about the size of the file', 'far more, shared many times');
  }

  private fail(offset: number, expected: string, received: string): never {
    throw new Fault(offset, expected, received);
  }
}
