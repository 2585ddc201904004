/**
 * The memory that queued bytes keep alive: each buffer counts once and whole, however many views of it wait and however short
 * they are.
 */
export class HeldBuffers {
  readonly #views = new Map<ArrayBufferLike, number>();
  #bytes = 0;

  /** Bytes of all buffers of which a view waits. */
  get bytes(): number {
    return this.#bytes;
  }

  add({ buffer }: Uint8Array): void {
    const views = this.#views.get(buffer) ?? 0;
    if (views === 0) this.#bytes += buffer.byteLength;
    this.#views.set(buffer, views + 1);
  }

  /** Takes views out again; those that are not in it are fine. */
  remove(views: readonly Uint8Array[]): void {
    for (const { buffer } of views) {
      const left = (this.#views.get(buffer) ?? 0) - 1;
      if (left > 0) this.#views.set(buffer, left);
      else if (this.#views.delete(buffer)) this.#bytes -= buffer.byteLength;
    }
  }

  clear(): void {
    this.#views.clear();
    this.#bytes = 0;
  }
}
