/** Size of a page, in bytes. 8 KiB holds a hundred headers, and is little for the last one of them to keep alive. */
const pageBytes = 8_192;

/** Memory for the headers of segments, cut from pages: allocating each alone costs more than writing it. */
export class HeaderPages {
  #page: Uint8Array = new Uint8Array(0);
  #used = 0;

  /** So many zero bytes, that nobody else has. */
  take(bytes: number): Uint8Array {
    if (this.#used + bytes > this.#page.length) {
      this.#page = new Uint8Array(Math.max(pageBytes, bytes));
      this.#used = 0;
    }
    const from = this.#used;
    this.#used += bytes;
    return new Uint8Array(this.#page.buffer, from, bytes);
  }
}
