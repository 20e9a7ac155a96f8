import { damaged } from './errors.js';

/** Appends numbers and bytes; the writer's half of the container's primitive fields. */
export class ByteWriter {
  #bytes = new Uint8Array(64);
  #length = 0;

  get length(): number {
    return this.#length;
  }
  #grow(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const larger = new Uint8Array(2 * (this.#length + count));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
  u8(value: number): void {
    this.#grow(1);
    this.#bytes[this.#length++] = value;
  }
  u32(value: number): void {
    for (let shift = 0; shift < 32; shift += 8) this.u8(value >>> shift);
  }
  /** LEB128: seven bits per byte, lowest first, at most 2^53 - 1. */
  varint(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.u8((rest % 128) + 128);
      rest = Math.floor(rest / 128);
    }
    this.u8(rest);
  }
  bytes(data: Uint8Array): void {
    this.#grow(data.length);
    this.#bytes.set(data, this.#length);
    this.#length += data.length;
  }
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }
}

/** Reads primitive fields from a part of a file; every read is checked against the end. */
export class ByteReader {
  position = 0;

  /** @param base offset of `data` in the container file, for error messages */
  constructor(
    readonly data: Uint8Array,
    readonly base: number,
  ) {}

  get offset(): number {
    return this.base + this.position;
  }
  get remaining(): number {
    return this.data.length - this.position;
  }
  #need(count: number, what: string): number {
    if (this.remaining < count) throw damaged(this.offset, what, `${count} more bytes`, `${this.remaining}`);
    const at = this.position;
    this.position += count;
    return at;
  }
  u8(what: string): number {
    return this.data[this.#need(1, what)]!;
  }
  u32(what: string): number {
    const at = this.#need(4, what);
    const d = this.data;
    return (d[at]! | (d[at + 1]! << 8) | (d[at + 2]! << 16) | (d[at + 3]! << 24)) >>> 0;
  }
  bytes(count: number, what: string): Uint8Array {
    const at = this.#need(count, what);
    return this.data.subarray(at, at + count);
  }
  /** LEB128 in its shortest form, at most 7 bytes (49 bits); anything else is damage. */
  varint(what: string): number {
    const start = this.offset;
    let value = 0;
    let scale = 1;
    for (let length = 1; length <= 7; length++) {
      const byte = this.u8(what);
      value += (byte & 127) * scale;
      if (byte < 128) {
        if (byte === 0 && length > 1) break;
        return value;
      }
      scale *= 128;
    }
    throw damaged(start, what, 'a varint of at most 7 bytes in its shortest form', 'another byte sequence');
  }
  /** A varint that must lie in [low, high]. */
  bounded(what: string, low: number, high: number): number {
    const start = this.offset;
    const value = this.varint(what);
    if (value < low || value > high) throw damaged(start, what, `${low} to ${high}`, `${value}`);
    return value;
  }
}
