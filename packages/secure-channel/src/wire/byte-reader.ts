import { CulvertError } from "@x/core";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads bytes from a peer, front to back. Every method throws PAYLOAD_INVALID where there are too few. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u8(): number {
    return this.#view.getUint8(this.#skip(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#skip(2));
  }

  u32(): number {
    return this.#view.getUint32(this.#skip(4));
  }

  f64(): number {
    return this.#view.getFloat64(this.#skip(8));
  }

  bytes(length: number): Uint8Array {
    const from = this.#skip(length);
    return this.#bytes.subarray(from, from + length);
  }

  text(length: number): string {
    try {
      return decoder.decode(this.bytes(length));
    } catch {
      throw invalidContent("it holds text that is no UTF-8");
    }
  }

  rest(): Uint8Array {
    return this.bytes(this.#bytes.length - this.#at);
  }

  /** Checks that nothing is left. */
  end(): void {
    if (this.#at !== this.#bytes.length) throw invalidContent("something is left behind its end");
  }

  #skip(length: number): number {
    const from = this.#at;
    if (from + length > this.#bytes.length) throw invalidContent("it ends early");
    this.#at = from + length;
    return from;
  }
}

/** The error for what a peer sealed and nobody can read. */
export function invalidContent(why: string): CulvertError {
  return new CulvertError("PAYLOAD_INVALID", `Cannot read what the peer of a channel sent: ${why}`);
}
