import {
  growLossRate,
  initialRoundTripMs,
  judgedPackets,
  maxChunkBytes,
  minChunkBytes,
  shrinkLossRate,
} from "../limits.js";
import { SharedHop } from "../resources/first-hops.js";

/** What streams learned about a path, for each other and for those that come later. */
export class PathMemory {
  /** The first hop, which paths may share. */
  readonly hop: SharedHop;
  #chunkBytes: number = maxChunkBytes;
  #ceilingBytes: number = maxChunkBytes;
  #arrived = 0;
  #lost = 0;
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
  }

  /**
   * Packets arrived or were lost without a word.
   * A hop that splits messages loses large ones more often than small ones, and a lost part costs the whole message: where more
   * than one in seven is lost, smaller ones get more through; where hardly any is, larger ones cost less.
   */
  judge(arrived: number, lost: number): void {
    this.#arrived += arrived;
    this.#lost += lost;
    const packets = this.#arrived + this.#lost;
    if (packets < judgedPackets) return;
    const lossRate = this.#lost / packets;
    if (lossRate > shrinkLossRate)
      this.#chunkBytes = Math.max(minChunkBytes, Math.floor(this.#chunkBytes / 2));
    if (lossRate < growLossRate) this.#chunkBytes = Math.min(this.#ceilingBytes, this.#chunkBytes * 2);
    this.#arrived = 0;
    this.#lost = 0;
  }
}
