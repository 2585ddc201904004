/** Size of a page, in bytes. 4 KiB holds fifty headers, and is little for the last one of them to keep alive. */
const pageBytes = 4_096;

/** What is larger than this has memory of its own, in bytes: an eighth of a page, so that little of a page is left over. */
const smallBytes = 512;

/** Memory for headers and other little things, cut from pages: allocating each alone costs more than writing it. */
export class Pages {
  #page: Uint8Array = new Uint8Array(0);
  #used = 0;

  /** So many zero bytes, that nobody else has. */
  take(bytes: number): Uint8Array {
    if (bytes > smallBytes) return new Uint8Array(bytes);
    if (this.#used + bytes > this.#page.length) {
      this.#page = new Uint8Array(pageBytes);
      this.#used = 0;
    }
    const from = this.#used;
    this.#used += bytes;
    return new Uint8Array(this.#page.buffer, from, bytes);
  }
}
