import { maxAckRanges } from "../limits.js";
import type { PacketRange } from "../protocol/segment.js";

/** Which packets arrived, for the acknowledgements. */
export class ReceivedPackets {
  /** Lowest first; they neither touch nor overlap. */
  readonly #ranges: { from: number; to: number }[] = [];
  #largestAt: number = Number.NEGATIVE_INFINITY;

  /** The highest number that arrived; 0 before the first. */
  get largest(): number {
    return this.#ranges.at(-1)?.to ?? 0;
  }

  /** When the highest number arrived, in milliseconds. */
  get largestAt(): number {
    return this.#largestAt;
  }

  /** Says whether a packet is known to have arrived before. Packets older than the report reaches count as new. */
  has(number: number): boolean {
    return this.#ranges.some((range) => number >= range.from && number <= range.to);
  }

  /** Notes a packet. Beyond the limit the oldest range is forgotten; its packets are then sent again at worst. */
  add(number: number, now: number): void {
    const last = this.#ranges.at(-1);
    if (last === undefined || number > last.to) {
      this.#largestAt = now;
      if (last?.to === number - 1) last.to = number;
      else this.#ranges.push({ from: number, to: number });
    } else {
      this.#addBelow(number);
    }
    if (this.#ranges.length > maxAckRanges) this.#ranges.shift();
  }

  /** What arrived, highest range first. */
  report(): readonly PacketRange[] {
    const only = this.#ranges.length === 1 ? this.#ranges[0] : undefined;
    if (only !== undefined) return [only];
    return this.#ranges.slice().reverse();
  }

  #addBelow(number: number): void {
    let index = this.#ranges.length - 1;
    while (index >= 0 && (this.#ranges[index]?.from ?? 0) > number) index--;
    const below = this.#ranges[index];
    const above = this.#ranges[index + 1];
    if (below !== undefined && number <= below.to) return;
    const joinsBelow = below?.to === number - 1;
    const joinsAbove = above?.from === number + 1;
    if (below !== undefined && above !== undefined && joinsBelow && joinsAbove) {
      below.to = above.to;
      this.#ranges.splice(index + 1, 1);
    } else if (below !== undefined && joinsBelow) below.to = number;
    else if (above !== undefined && joinsAbove) above.from = number;
    else this.#ranges.splice(index + 1, 0, { from: number, to: number });
  }
}
