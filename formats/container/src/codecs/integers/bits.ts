/** Raw bits, the lowest first, in bytes filled from their lowest bit. */
export class BitWriter {
  readonly #bytes: number[] = [];
  #partial = 0;
  #count = 0;

  /** @param value below 2^bits. @param bits 0 to 32 */
  put(value: number, bits: number): void {
    let [rest, left] = [value, bits];
    while (left > 0) {
      const take = Math.min(left, 8 - this.#count);
      this.#partial |= (rest % 2 ** take) << this.#count;
      rest = Math.floor(rest / 2 ** take);
      this.#count += take;
      left -= take;
      if (this.#count === 8) this.#flush();
    }
  }
  #flush(): void {
    this.#bytes.push(this.#partial);
    this.#partial = this.#count = 0;
  }
  /** Fills the last byte with zeros. */
  finish(): Uint8Array {
    if (this.#count > 0) this.#flush();
    return Uint8Array.from(this.#bytes);
  }
}

export class BitReader {
  #byte = 0;
  #used = 0;

  constructor(readonly bytes: Uint8Array) {}

  /** Bits after the end are 0. @param bits 0 to 32 */
  get(bits: number): number {
    let value = 0;
    for (let done = 0; done < bits; ) {
      const take = Math.min(bits - done, 8 - this.#used);
      const byte = this.bytes[this.#byte] ?? 0;
      value += ((byte >> this.#used) & (2 ** take - 1)) * 2 ** done;
      done += take;
      this.#used += take;
      if (this.#used < 8) continue;
      this.#byte++;
      this.#used = 0;
    }
    return value;
  }
  /** More bits were asked for than there are. */
  get missing(): boolean {
    return this.#byte > this.bytes.length || (this.#byte === this.bytes.length && this.#used > 0);
  }
  /** All bytes are used, and the bits left in the last one are 0. */
  get exact(): boolean {
    if (this.#used === 0) return this.#byte === this.bytes.length;
    return this.#byte === this.bytes.length - 1 && this.bytes[this.#byte]! >> this.#used === 0;
  }
}
