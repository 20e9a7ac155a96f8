/**
 * Binary arithmetic coder over a 32-bit interval [low, high], without carries (after M. Mahoney's PAQ coders, data
 * compression explained, 4.1.3). `p` is the probability of a 1 in 1/65536, 1 to 65535.
 */
export class BinaryEncoder {
  #low = 0;
  #high = 0xffffffff;
  readonly #bytes: number[] = [];

  encode(bit: number, p: number): void {
    const range = (this.#high - this.#low) >>> 0;
    const middle = this.#low + (range >>> 16) * p + (((range & 0xffff) * p) >>> 16);
    if (bit) this.#high = middle;
    else this.#low = middle + 1;
    while (((this.#low ^ this.#high) & 0xff000000) === 0) {
      this.#bytes.push(this.#high >>> 24);
      this.#low = (this.#low << 8) >>> 0;
      this.#high = ((this.#high << 8) | 255) >>> 0;
    }
  }

  /** Ends with as few bytes as keep the value inside the interval when zeros are read after the end. */
  finish(): Uint8Array {
    for (const bits of [32, 24, 16, 8, 0]) {
      const unit = 2 ** bits;
      const value = Math.ceil(this.#low / unit) * unit;
      if (value > this.#high) continue;
      for (let shift = 24; shift >= bits; shift -= 8) this.#bytes.push(Math.floor(value / 2 ** shift) & 255);
      break;
    }
    return Uint8Array.from(this.#bytes);
  }
}

/** The decoder's half. Past the end it reads zeros and counts them; the caller checks `overrun` and `consumed`. */
export class BinaryDecoder {
  #low = 0;
  #high = 0xffffffff;
  #value = 0;
  #position = 0;

  constructor(readonly data: Uint8Array) {
    for (let i = 0; i < 4; i++) this.#value = ((this.#value << 8) | this.#next()) >>> 0;
  }

  #next(): number {
    const at = this.#position++;
    return at < this.data.length ? this.data[at]! : 0;
  }

  /** True when all bytes were read and not more than four zeros were read after the end. */
  get exact(): boolean {
    return this.#position >= this.data.length && this.#position <= this.data.length + 4;
  }
  /** True when more than four bytes were read after the end: the data is cut or damaged. */
  get overrun(): boolean {
    return this.#position > this.data.length + 4;
  }

  decode(p: number): number {
    const range = (this.#high - this.#low) >>> 0;
    const middle = this.#low + (range >>> 16) * p + (((range & 0xffff) * p) >>> 16);
    const bit = this.#value <= middle ? 1 : 0;
    if (bit) this.#high = middle;
    else this.#low = middle + 1;
    while (((this.#low ^ this.#high) & 0xff000000) === 0) {
      this.#low = (this.#low << 8) >>> 0;
      this.#high = ((this.#high << 8) | 255) >>> 0;
      this.#value = ((this.#value << 8) | this.#next()) >>> 0;
    }
    return bit;
  }
}
