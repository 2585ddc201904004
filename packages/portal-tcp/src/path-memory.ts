import { chunkGrowthBytes, initialRoundTripMs, maxChunkBytes, minChunkBytes } from "./limits.js";
import { SharedHop } from "./shared-hop.js";

/** What streams learned about a path, for each other and for those that come later. */
export class PathMemory {
  /** The first hop, which paths may share. */
  readonly hop: SharedHop;
  #chunkBytes: number = maxChunkBytes;
  #ceilingBytes: number = maxChunkBytes;
  #cleanBytes = 0;
  #roundTripMs: number = initialRoundTripMs;

  constructor(hop: SharedHop = new SharedHop()) {
    this.hop = hop;
  }

  /** Most data per message, in bytes. */
  get chunkBytes(): number {
    return this.#chunkBytes;
  }

  /** The last smoothed round-trip time, in milliseconds. */
  get roundTripMs(): number {
    return this.#roundTripMs;
  }

  /** Notes a round-trip time, in milliseconds. */
  measured(roundTripMs: number): void {
    this.#roundTripMs = roundTripMs;
  }

  /** A hop refused a message with so much data as too large: from now on half of that at most. */
  tooLarge(refusedBytes: number): void {
    this.#ceilingBytes = Math.max(minChunkBytes, Math.min(this.#ceilingBytes, Math.floor(refusedBytes / 2)));
    this.#chunkBytes = Math.min(this.#chunkBytes, this.#ceilingBytes);
    this.#cleanBytes = 0;
  }

  /** Data were lost without a word: a hop that splits messages loses large ones more often than small ones. */
  lossy(): void {
    this.#chunkBytes = Math.max(minChunkBytes, Math.floor(this.#chunkBytes / 2));
    this.#cleanBytes = 0;
  }

  /** Data arrived: after enough of them without a loss, larger chunks are tried again. */
  clean(bytes: number): void {
    if (this.#chunkBytes >= this.#ceilingBytes) return;
    this.#cleanBytes += bytes;
    if (this.#cleanBytes < chunkGrowthBytes) return;
    this.#cleanBytes = 0;
    this.#chunkBytes = Math.min(this.#ceilingBytes, this.#chunkBytes * 2);
  }
}
