import { packetOverheadBytes } from "../limits.js";
import type { PacketRange } from "../protocol/segment.js";
import { Reordering } from "./reordering.js";

/** A segment that wants an acknowledgement and has none yet. */
export interface SentPacket {
  readonly number: number;
  /** In milliseconds. */
  readonly sentAt: number;
  readonly offset: number;
  readonly length: number;
  readonly fin: boolean;
  /** It told the other end of new credit. */
  readonly credit: boolean;
}

/** Packets under way, and which of them are lost (RFC 9002, section 6.1). */
export class SentPackets {
  /** Lowest number first; `undefined` where a packet is acknowledged or lost. Those before `#first` all are. */
  #packets: (SentPacket | undefined)[] = [];
  #first = 0;
  #bytes = 0;
  #count = 0;
  #largestAcknowledged = 0;
  readonly #reordering: Reordering = new Reordering();

  /** Data under way, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What the packets under way cost, in bytes: their data, and what each has beside them. */
  get chargedBytes(): number {
    return this.#bytes + this.#count * packetOverheadBytes;
  }

  /** How many packets are under way. */
  get count(): number {
    return this.#count;
  }

  /** The oldest packet under way. */
  get oldest(): SentPacket | undefined {
    return this.#packets[this.#first];
  }

  /** Notes a packet just sent; numbers only grow. */
  add(packet: SentPacket): void {
    this.#packets.push(packet);
    this.#bytes += packet.length;
    this.#count++;
  }

  /** Says whether a packet waits for its acknowledgement, or is newer than all that arrived. */
  isUnderWay(number: number): boolean {
    if (number > this.#largestAcknowledged) return true;
    return this.#packets.some((packet) => packet?.number === number);
  }

  /** Says whether all packets that were judged lost last turn out to have been late only, by what the ranges acknowledge. */
  wereOnlyLate(ranges: readonly PacketRange[]): boolean {
    return this.#reordering.acknowledged(ranges);
  }

  /** Remembers packets as judged lost. With a new cut of the window, those before no longer matter. */
  judgedLost(packets: readonly SentPacket[], isNewCut: boolean): void {
    if (isNewCut) this.#reordering.forget();
    for (const { number } of packets) this.#reordering.judgedLost(number);
  }

  /** Takes out what the ranges (highest first) acknowledge, and returns it, lowest number first. */
  acknowledge(ranges: readonly PacketRange[]): SentPacket[] {
    const largest = ranges[0]?.to ?? 0;
    this.#largestAcknowledged = Math.max(this.#largestAcknowledged, largest);
    const acknowledged: SentPacket[] = [];
    let rangeIndex = ranges.length - 1;
    for (let index = this.#first; index < this.#packets.length; index++) {
      const packet = this.#packets[index];
      if (packet === undefined) continue;
      if (packet.number > largest) break;
      while ((ranges[rangeIndex]?.to ?? Number.POSITIVE_INFINITY) < packet.number) rangeIndex--;
      if ((ranges[rangeIndex]?.from ?? 0) > packet.number) continue;
      acknowledged.push(packet);
      this.#remove(index, packet);
    }
    this.#compact();
    return acknowledged;
  }

  /** Takes out and returns the packets that later ones overtook by number, or by more than `lossDelayMs`. */
  takeLost(now: number, lossDelayMs: number): SentPacket[] {
    const { packetThreshold, delayFactor } = this.#reordering;
    return this.#take((packet) => {
      if (packet.number >= this.#largestAcknowledged) return false;
      const isFarBehind = packet.number <= this.#largestAcknowledged - packetThreshold;
      return isFarBehind || packet.sentAt + lossDelayMs * delayFactor <= now;
    });
  }

  /** When the oldest overtaken packet counts as lost; infinite when there is none. */
  lossTime(lossDelayMs: number): number {
    const oldest = this.oldest;
    if (oldest === undefined || oldest.number >= this.#largestAcknowledged) return Number.POSITIVE_INFINITY;
    return oldest.sentAt + lossDelayMs * this.#reordering.delayFactor;
  }

  /** Takes out and returns the packet of a number, if it is under way. */
  takeNumber(number: number): SentPacket | undefined {
    return this.#take((packet) => packet.number === number)[0];
  }

  /** Takes out and returns the packets that carry more than so many bytes. */
  takeLongerThan(bytes: number): SentPacket[] {
    return this.#take((packet) => packet.length > bytes);
  }

  /** Forgets all packets. */
  clear(): void {
    this.#packets = [];
    this.#first = 0;
    this.#bytes = 0;
    this.#count = 0;
  }

  #take(matches: (packet: SentPacket) => boolean): SentPacket[] {
    const taken: SentPacket[] = [];
    for (let index = this.#first; index < this.#packets.length; index++) {
      const packet = this.#packets[index];
      if (packet === undefined || !matches(packet)) continue;
      taken.push(packet);
      this.#remove(index, packet);
    }
    this.#compact();
    return taken;
  }

  #remove(index: number, packet: SentPacket): void {
    this.#packets[index] = undefined;
    this.#bytes -= packet.length;
    this.#count--;
  }

  #compact(): void {
    while (this.#first < this.#packets.length && this.#packets[this.#first] === undefined) this.#first++;
    if (this.#first > 32 && this.#first * 2 > this.#packets.length) {
      this.#packets = this.#packets.slice(this.#first);
      this.#first = 0;
    }
  }
}
