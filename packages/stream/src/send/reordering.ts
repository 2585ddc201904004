import { lossPacketThreshold, maxJudgedLost, maxLossDelayFactor, maxLossPacketThreshold } from "../limits.js";
import type { PacketRange } from "../protocol/segment.js";

/**
 * How far packets overtake each other on a path. It begins with the thresholds of RFC 9002, section 6.1, and widens them each
 * time a packet that was judged lost arrives after all, as section 6.1.1 allows and RFC 8985 does.
 */
export class Reordering {
  #packetThreshold = lossPacketThreshold;
  #delayFactor = 1;
  /** Packets judged lost since the window was last cut that have not arrived; the oldest are forgotten first. */
  readonly #missing: Set<number> = new Set();

  /** A packet is lost when one this much higher was acknowledged. */
  get packetThreshold(): number {
    return this.#packetThreshold;
  }

  /** By how much longer than on a path in order an overtaken packet may take. */
  get delayFactor(): number {
    return this.#delayFactor;
  }

  /** A packet is judged lost. */
  judgedLost(packetNumber: number): void {
    this.#missing.add(packetNumber);
    if (this.#missing.size <= maxJudgedLost) return;
    const [oldest] = this.#missing;
    if (oldest !== undefined) this.#missing.delete(oldest);
  }

  /** Forgets what was judged lost. */
  forget(): void {
    this.#missing.clear();
  }

  /** Looks for packets that were only late. Returns true when all that were judged lost turned out to be. */
  acknowledged(ranges: readonly PacketRange[]): boolean {
    if (this.#missing.size === 0) return false;
    const largest = ranges[0]?.to ?? 0;
    for (const number of this.#missing) {
      if (!ranges.some(({ from, to }) => from <= number && number <= to)) continue;
      this.#missing.delete(number);
      this.#widen(largest - number + 1);
    }
    return this.#missing.size === 0;
  }

  #widen(distance: number): void {
    this.#packetThreshold = Math.min(maxLossPacketThreshold, Math.max(this.#packetThreshold, distance));
    this.#delayFactor = Math.min(maxLossDelayFactor, this.#delayFactor * 1.25);
  }
}
