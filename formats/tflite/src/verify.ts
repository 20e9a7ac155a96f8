import { TfliteError } from './errors.js';
import { type Field, layoutOf, scalarSizes, unionMember } from './layout.js';

const maxDepth = 32;

/**
 * Checks a flatbuffer against the schema before anything is read from it: every offset, vtable, vector length, string
 * end, alignment and union type. The rules are those of the FlatBuffers internals document ("FlatBuffer binary format").
 *
 * A hostile file can let many fields share one table, so that unpacking it takes far more memory than the file has
 * bytes. Hence a budget: everything reachable, counted as often as it is reached, may be at most twice the file. Files that
 * share nothing need no more than once. Data of buffers is free: it is never unpacked.
 *
 * @throws TfliteError naming table, field and byte offset
 */
export function verifyFlatbuffer(bytes: Uint8Array, rootTable: string): void {
  new Verifier(bytes).root(rootTable);
}

class Verifier {
  private readonly view: DataView;
  private readonly size: number;
  private budget: number;

  constructor(bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.size = bytes.byteLength;
    this.budget = 2 * this.size + 4096;
  }

  root(table: string): void {
    if (this.size < 8) this.fail(table, 0, 'at least 8 bytes', `${this.size} bytes`);
    this.table(table, this.offset(0, table), table, 0);
  }

  private table(name: string, position: number, path: string, depth: number): void {
    if (depth > maxDepth) this.fail(path, position, `at most ${maxDepth} nested tables`, 'more');
    this.need(position, 4, 4, path);
    const vtable = position - this.view.getInt32(position, true);
    if (vtable < 0) this.fail(path, position, 'a vtable inside the file', `offset ${vtable}`);
    this.need(vtable, 4, 2, path);
    const vtableSize = this.view.getUint16(vtable, true);
    const tableSize = this.view.getUint16(vtable + 2, true);
    if (vtableSize < 4 || vtableSize % 2 !== 0)
      this.fail(path, vtable, 'an even vtable size of at least 4', `${vtableSize}`);
    this.need(vtable, vtableSize, 2, path);
    if (tableSize < 4) this.fail(path, vtable + 2, 'a table size of at least 4', `${tableSize}`);
    this.need(position, tableSize, 4, path);
    this.spend(tableSize, position, path);
    const place = (slot: number): number => {
      const entry = 4 + 2 * slot;
      const relative = entry + 2 <= vtableSize ? this.view.getUint16(vtable + entry, true) : 0;
      return relative === 0 ? 0 : position + relative;
    };
    const layout = layoutOf(name);
    for (let slot = 0; slot < layout.length && 6 + 2 * slot <= vtableSize; slot++) {
      const field = layout[slot];
      const at = place(slot);
      if (!field || at === 0) continue;
      const where = `${path}.${field.name}`;
      const size = sizeOf(field);
      if (at < position + 4 || at + size > position + tableSize) {
        const inside = `a field inside its table (bytes ${position + 4} to ${position + tableSize})`;
        this.fail(where, at, inside, `byte ${at}`);
      }
      this.need(at, size, size, where);
      if (name === 'Buffer' && field.kind.is === 'scalars') this.vector(this.offset(at, where), 1, where, 0);
      else this.field(field, at, where, depth, () => place(slot - 1));
    }
  }

  private field({ kind }: Field, place: number, path: string, depth: number, typePlace: () => number): void {
    switch (kind.is) {
      case 'string':
        this.string(this.offset(place, path), path);
        return;
      case 'scalars':
        this.vector(this.offset(place, path), scalarSizes[kind.scalar], path);
        return;
      case 'strings':
        this.each(place, path, (target, where) => this.string(target, where));
        return;
      case 'table':
        this.table(kind.table, this.offset(place, path), path, depth + 1);
        return;
      case 'tables':
        this.each(place, path, (target, where) => this.table(kind.table, target, where, depth + 1));
        return;
      case 'union': {
        const typeAt = typePlace();
        const type = typeAt === 0 ? 0 : this.view.getUint8(typeAt);
        const member = unionMember(kind.of, type);
        if (type !== 0 && !member)
          this.fail(path, typeAt, `a type of ${kind.of} known to this version`, `type ${type}`);
        if (member) this.table(member, this.offset(place, path), path, depth + 1);
      }
    }
  }

  private each(place: number, path: string, visit: (target: number, path: string) => void): void {
    const start = this.offset(place, path);
    const count = this.vector(start, 4, path);
    for (let i = 0; i < count; i++) visit(this.offset(start + 4 + 4 * i, `${path}[${i}]`), `${path}[${i}]`);
  }

  /** Checks length and place of a vector and returns its number of elements. */
  private vector(start: number, elementSize: number, path: string, cost = elementSize): number {
    this.need(start, 4, 4, path);
    const count = this.view.getUint32(start, true);
    const room = this.size - start - 4;
    if (count * elementSize > room) {
      this.fail(
        path,
        start,
        `at most ${Math.floor(room / elementSize)} elements (to the end of the file)`,
        `${count}`,
      );
    }
    if (count > 0) this.need(start + 4, count * elementSize, elementSize, path);
    this.spend(4 + count * cost, start, path);
    return count;
  }

  private string(start: number, path: string): void {
    const length = this.vector(start, 1, path);
    const end = start + 4 + length;
    if (end >= this.size || this.view.getUint8(end) !== 0)
      this.fail(path, end, 'a zero byte after the string', 'none');
  }

  /** Follows the unsigned offset at a place. */
  private offset(place: number, path: string): number {
    this.need(place, 4, 4, path);
    const relative = this.view.getUint32(place, true);
    if (relative === 0 || relative > this.size - place) {
      this.fail(path, place, `an offset of 1 to ${this.size - place}`, `${relative}`);
    }
    return place + relative;
  }

  private need(start: number, length: number, alignment: number, path: string): void {
    if (start < 0 || start + length > this.size) {
      this.fail(
        path,
        start,
        `${length} bytes inside the file of ${this.size} bytes`,
        `a range that ends at ${start + length}`,
      );
    }
    if (start % alignment !== 0)
      this.fail(path, start, `an offset that is a multiple of ${alignment}`, `${start}`);
  }

  private spend(amount: number, position: number, path: string): void {
    this.budget -= amount;
    if (this.budget < 0)
      this.fail(
        path,
        position,
        'tables and vectors of about the size of the file',
        'far more, shared many times',
      );
  }

  private fail(path: string, offset: number, expected: string, received: string): never {
    throw new TfliteError(
      `damaged .tflite: ${path} at byte ${offset}: expected ${expected} but received ${received}`,
      {
        where: `${path} at byte ${offset}`,
        expected,
        received,
        hint: 'the file is truncated or damaged; get it again from its source',
      },
    );
  }
}

/** Bytes that a field takes inside its table. */
function sizeOf({ kind }: Field): number {
  if (kind.is === 'scalar') return scalarSizes[kind.scalar];
  return kind.is === 'unionType' ? 1 : 4;
}
