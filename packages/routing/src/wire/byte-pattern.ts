/** The buffer last looked into, and a view of it: frames that come together share one. */
let viewed: ArrayBufferLike | undefined;
let view: DataView = new DataView(new ArrayBuffer(0));

/** Bytes to find again. Compared by words of four bytes: twice as fast as by bytes, and no view is made per frame. */
export class BytePattern {
  readonly #words: Uint32Array;
  readonly #tail: Uint8Array;
  readonly #length: number;

  /** @param bytes copied */
  constructor(bytes: Uint8Array) {
    this.#length = bytes.length;
    this.#words = new Uint32Array(bytes.length >> 2);
    const source = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let i = 0; i < this.#words.length; i++) this.#words[i] = source.getUint32(4 * i);
    // Not `slice`, which shares memory where the bytes are a Buffer.
    this.#tail = new Uint8Array(bytes.subarray(4 * this.#words.length));
  }

  /** Says whether `bytes` has the pattern, and nothing else, from `start` to `end`. */
  isAt(bytes: Uint8Array, start: number, end: number): boolean {
    if (end - start !== this.#length) return false;
    if (viewed !== bytes.buffer) {
      viewed = bytes.buffer;
      view = new DataView(viewed);
    }
    const at = bytes.byteOffset + start;
    const words = this.#words;
    for (let i = 0; i < words.length; i++) if (view.getUint32(at + 4 * i) !== words[i]) return false;
    const tailStart = start + 4 * words.length;
    for (let i = 0; i < this.#tail.length; i++) if (bytes[tailStart + i] !== this.#tail[i]) return false;
    return true;
  }
}
