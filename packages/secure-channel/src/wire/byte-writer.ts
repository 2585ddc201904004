import { CulvertError } from "@x/core";

const encoder = new TextEncoder();

/** Writes numbers, text and bytes one after another. Grows as needed. */
export class ByteWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #at = 0;

  constructor(capacity = 128) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  u8(value: number): this {
    // Taking room may change the view.
    const at = this.#take(1);
    this.#view.setUint8(at, value);
    return this;
  }

  u16(value: number): this {
    // Taking room may change the view.
    const at = this.#take(2);
    this.#view.setUint16(at, value);
    return this;
  }

  u32(value: number): this {
    // Taking room may change the view.
    const at = this.#take(4);
    this.#view.setUint32(at, value);
    return this;
  }

  f64(value: number): this {
    // Taking room may change the view.
    const at = this.#take(8);
    this.#view.setFloat64(at, value);
    return this;
  }

  bytes(bytes: Uint8Array): this {
    const at = this.#take(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  /**
   * Length as u8, then UTF-8.
   *
   * @throws CulvertError MESSAGE_INVALID beyond 255 bytes
   */
  text8(text: string): this {
    const bytes = encoder.encode(text);
    checkLength(bytes, 0xff);
    return this.u8(bytes.length).bytes(bytes);
  }

  /**
   * Length as u16, then bytes.
   *
   * @throws CulvertError MESSAGE_INVALID beyond 65,535 bytes
   */
  bytes16(bytes: Uint8Array): this {
    checkLength(bytes, 0xffff);
    return this.u16(bytes.length).bytes(bytes);
  }

  /** Length as u16, then UTF-8. */
  text16(text: string): this {
    return this.bytes16(encoder.encode(text));
  }

  /** What was written. */
  done(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  #take(length: number): number {
    const at = this.#at;
    const end = at + length;
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(end, this.#bytes.length * 2));
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    this.#at = end;
    return at;
  }
}

function checkLength({ length }: Uint8Array, limit: number): void {
  if (length <= limit) return;
  const reason = `Cannot seal a header with ${length} bytes in one of its parts: limit is ${limit} bytes`;
  throw new CulvertError("MESSAGE_INVALID", reason);
}
