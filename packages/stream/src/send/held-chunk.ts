import type { Release } from "@x/core";

/**
 * Some bytes of a stream that the other end does not have yet, in memory of its own or of a pool.
 * Pooled memory goes back once the other end has the bytes and all messages that were lent them have returned them: an
 * acknowledgement may come while another copy of the bytes still waits in a queue, and what that sends must be the same bytes.
 */
export class HeldChunk {
  readonly offset: number;
  readonly #memory: Uint8Array;
  readonly #release: Release | undefined;
  #length: number;
  #lends = 0;
  #isDropped = false;

  /** @param length how much of the memory is filled; the rest is room for {@link fill} */
  constructor(offset: number, memory: Uint8Array, length: number, release?: Release) {
    this.offset = offset;
    this.#memory = memory;
    this.#length = length;
    this.#release = release;
  }

  /** The offset behind its last byte. */
  get end(): number {
    return this.offset + this.#length;
  }

  /** Its memory is somebody's, who wants it back. */
  get isPooled(): boolean {
    return this.#release !== undefined;
  }

  /** Copies as many bytes in as there is room for. Returns how many. */
  fill(bytes: Uint8Array): number {
    const room = this.#memory.length - this.#length;
    if (room === 0) return 0;
    const taken = Math.min(room, bytes.length);
    this.#memory.set(taken === bytes.length ? bytes : bytes.subarray(0, taken), this.#length);
    this.#length += taken;
    return taken;
  }

  /** Its bytes that lie between two offsets of the stream. */
  part(from: number, to: number): Uint8Array {
    const start = Math.max(0, from - this.offset);
    const end = Math.min(this.#length, to - this.offset);
    return start === 0 && end === this.#memory.length ? this.#memory : this.#memory.subarray(start, end);
  }

  /** A message has its bytes. */
  lent(): void {
    this.#lends++;
  }

  /** A message that had its bytes needs them no more. */
  returned(): void {
    this.#lends--;
    this.#giveBackIfUnused();
  }

  /** The stream needs it no more. Call it once. */
  drop(): void {
    this.#isDropped = true;
    this.#giveBackIfUnused();
  }

  #giveBackIfUnused(): void {
    if (this.#isDropped && this.#lends === 0) this.#release?.();
  }
}
