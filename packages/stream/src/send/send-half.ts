import type { Release } from "@x/core";
import {
  initialCreditBytes,
  interactiveBytes,
  maxOffset,
  maxProbePauseMs,
  maxUnsentBytes,
  minChunkBytes,
  persistentTimeouts,
} from "../limits.js";
import type { PathMemory } from "../path/path-memory.js";
import type { Segment } from "../protocol/segment.js";
import type { Pages } from "../resources/pages.js";
import { BudgetCharge, type StreamBudget } from "../resources/stream-budget.js";
import { AskPace } from "./ask-pace.js";
import { BusyPause } from "./busy-pause.js";
import { CongestionWindow } from "./congestion.js";
import type { Piece } from "./piece.js";
import { RoundTrip } from "./round-trip.js";
import { type LentBytes, SendBuffer } from "./send-buffer.js";
import { type SentPacket, SentPackets } from "./sent-packets.js";

/** Where a sending direction sends, and what it has its memory from. */
export interface SendOptions {
  readonly path: PathMemory;
  readonly budget: StreamBudget;
  readonly pages: Pages;
}

/** The sending direction of a stream: what to send, what is under way, what must be sent again. No clock, no sockets. */
export class SendHalf {
  readonly #charge: BudgetCharge;
  readonly #buffer: SendBuffer;
  readonly #packets: SentPackets = new SentPackets();
  readonly #pause: BusyPause = new BusyPause();
  readonly #congestion: CongestionWindow = new CongestionWindow();
  readonly #askPace: AskPace = new AskPace();
  #path: PathMemory;
  #roundTrip: RoundTrip;
  #pathSince: number;
  #creditLimit: number = initialCreditBytes;
  #blockedToldAt = -1;
  #lastSentNumber = 0;
  #lastSentAt: number = Number.NEGATIVE_INFINITY;
  #timeouts = 0;
  #mayProbe = false;
  #isEnded = false;
  #isFinSent = false;
  #isFinAcknowledged = false;
  #isCreditLost = false;

  constructor({ path, budget, pages }: SendOptions, now: number) {
    this.#path = path;
    this.#charge = new BudgetCharge(budget, initialCreditBytes);
    this.#buffer = new SendBuffer(pages);
    this.#roundTrip = new RoundTrip(path.roundTripMs);
    this.#pathSince = now;
  }

  /** The local end ended, and the other end has every byte. */
  get isFinished(): boolean {
    return this.#isFinAcknowledged && this.#buffer.heldBytes === 0;
  }

  /** The local end ended. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Says whether bytes of the local end are welcome now. */
  get wantsBytes(): boolean {
    if (this.#isEnded || this.#buffer.unsentBytes >= maxUnsentBytes) return false;
    return this.#charge.freeBytes > 0 || this.#buffer.heldBytes < initialCreditBytes;
  }

  /** Bytes kept for the other end. */
  get heldBytes(): number {
    return this.#buffer.heldBytes;
  }

  /** Bytes below this offset were sent at least once. */
  get sentTo(): number {
    return this.#buffer.sentTo;
  }

  /** Packets that are under way and want an answer. */
  get packetsUnderWay(): number {
    return this.#packets.count;
  }

  /** The smoothed round-trip time, in milliseconds. */
  get roundTripMs(): number {
    return this.#roundTrip.smoothedMs;
  }

  /** How long an answer may take, in milliseconds. */
  get probeTimeoutMs(): number {
    return this.#roundTrip.probeTimeoutMs;
  }

  /**
   * Takes bytes of the local end, which must not change until `release` is called.
   * Returns false when the stream has become longer than offsets can say.
   */
  write(bytes: Uint8Array, release?: Release): boolean {
    if (!this.#hasRoomFor(bytes)) return false;
    this.#buffer.append(bytes, release);
    this.#charge.set(this.#buffer.heldBytes);
    return true;
  }

  /** As {@link write}, with a copy of the bytes. */
  writeCopy(bytes: Uint8Array): boolean {
    if (!this.#hasRoomFor(bytes)) return false;
    this.#buffer.appendCopy(bytes);
    this.#charge.set(this.#buffer.heldBytes);
    return true;
  }

  /** No more bytes will come from the local end. */
  finish(): void {
    this.#isEnded = true;
  }

  /** Says whether data or the end can go out now. */
  get canSend(): boolean {
    if (this.#pause.isOn) return false;
    if (this.#mayProbe && (this.#buffer.hasLost || this.#hasFinToSend)) return true;
    if (this.#packets.chargedBytes >= this.#congestion.bytes) return false;
    return this.#buffer.hasLost || this.#hasUnsentWithCredit || this.#hasFinToSend;
  }

  /** Says whether the other end should be told that only credit is missing. Once for each limit. */
  get isBlockedUntold(): boolean {
    return this.#isBlocked && this.#buffer.unsentBytes > 0 && this.#blockedToldAt !== this.#creditLimit;
  }

  /** Says whether a segment that told of credit was lost, and may go out again now. */
  get isCreditLost(): boolean {
    return this.#isCreditLost && !this.#pause.isOn;
  }

  /** The next piece to send. */
  next(): Piece | undefined {
    if (!this.canSend) return undefined;
    this.#mayProbe = false;
    const maxBytes = Math.max(
      minChunkBytes,
      Math.min(this.#path.chunkBytes, Math.floor(this.#congestion.bytes / 4)),
    );
    const range = this.#buffer.takeLost(maxBytes) ?? this.#buffer.takeUnsent(this.#creditLimit, maxBytes);
    const { offset, length } = range ?? { offset: this.#buffer.end, length: 0 };
    const fin = this.#hasFinToSend && offset + length === this.#buffer.end;
    if (fin) this.#isFinSent = true;
    return { offset, length, fin, asks: this.#askPace.asksWith(length, this.#congestion.bytes) };
  }

  /** Lends the bytes of a piece behind the header of their segment, uncopied. */
  lend(header: Uint8Array, piece: Piece | undefined): LentBytes {
    if (piece === undefined || piece.length === 0) return { parts: [header], release: undefined };
    return this.#buffer.lend(header, piece.offset, piece.length);
  }

  /** Says whether a segment sent now should tell that only credit is missing, and notes that it does. */
  tellBlocked(): boolean {
    if (!this.#isBlocked || this.#blockedToldAt === this.#creditLimit) return false;
    this.#blockedToldAt = this.#creditLimit;
    return true;
  }

  /** Notes a segment just sent. Those that want no acknowledgement are only numbered. */
  sent(packet: SentPacket, wantsAck: boolean): void {
    this.#lastSentNumber = packet.number;
    if (!wantsAck) return;
    this.#packets.add(packet);
    if (packet.length > 0 && this.#isInteractive) this.#path.hop.used(this, packet.sentAt);
    if (packet.credit) this.#isCreditLost = false;
    this.#lastSentAt = packet.sentAt;
  }

  /**
   * Takes in the acknowledgement and credit of a segment.
   * Returns what is wrong with it, if anything: the stream is then invalid.
   */
  receive(segment: Segment, now: number): string | undefined {
    const largest = segment.ranges[0]?.to ?? 0;
    if (largest > this.#lastSentNumber) return `packet ${largest} is acknowledged and was never sent`;
    if (segment.receivedTo > this.#buffer.sentTo)
      return `byte ${segment.receivedTo} is acknowledged and was never sent`;
    this.#creditLimit = Math.max(this.#creditLimit, segment.creditLimit);
    const wasFull = this.#packets.chargedBytes * 2 >= this.#congestion.bytes;
    if (this.#packets.wereOnlyLate(segment.ranges)) this.#congestion.takeBackCut();
    const acknowledged = this.#packets.acknowledge(segment.ranges);
    this.#buffer.release(segment.receivedTo);
    this.#charge.set(this.#buffer.heldBytes);
    const last = acknowledged.at(-1);
    if (last === undefined) return undefined;
    this.#timeouts = 0;
    this.#pause.arrived();
    if (last.number === largest && last.sentAt >= this.#pathSince)
      this.#sample(now - last.sentAt, segment.ackDelayMs, now);
    for (const packet of acknowledged) {
      if (packet.fin) this.#isFinAcknowledged = true;
      this.#congestion.acknowledged(packet.length, packet.sentAt, wasFull, this.#path.chunkBytes);
    }
    this.#path.judge(acknowledged.length, 0);
    this.#detectLost(now);
    return undefined;
  }

  /** When `onTime` should be called; infinite when nothing is waited for. */
  get deadline(): number {
    const lossTime = this.#packets.lossTime(this.#roundTrip.lossDelayMs);
    return Math.min(lossTime, this.#probeTime, this.#pause.endsAt);
  }

  /** Time passed. Returns true when the other end must be asked and there are no data to ask with. */
  onTime(now: number): boolean {
    this.#detectLost(now);
    this.#pause.onTime(now);
    if (now < this.#probeTime) return false;
    this.#timeouts++;
    // Until the probe is on its way, the next one is due a full pause later.
    this.#lastSentAt = now;
    return !this.#probe();
  }

  /** The stream moved to another path, or its path came back: measures anew, and blames no loss on it that happened before. */
  restart(path: PathMemory, now: number): void {
    this.#path = path;
    this.#roundTrip = new RoundTrip(path.roundTripMs);
    this.#pathSince = now;
    this.#timeouts = 0;
    this.#lastSentAt = now;
    this.#blockedToldAt = -1;
    this.#pause.end();
    this.#congestion.restart(now);
  }

  /** Says whether a packet was sent and no later one is known to have arrived, or it waits for its acknowledgement. */
  isUnderWay(number: number): boolean {
    return number <= this.#lastSentNumber && this.#packets.isUnderWay(number);
  }

  /** A hop was too busy for a packet. */
  refusedAsBusy(number: number, now: number): void {
    const packet = this.#packets.takeNumber(number);
    this.#congestion.lost(packet?.sentAt ?? this.#lastSentAt, now);
    if (packet !== undefined) this.#resend(packet);
    this.#pause.refused(this.#roundTrip.smoothedMs, now);
  }

  /**
   * A hop carries no messages as large as a packet was: smaller ones from now on. No sign of congestion.
   * Returns false when the packet was as small as they get.
   */
  refusedAsTooLarge(number: number): boolean {
    const packet = this.#packets.takeNumber(number);
    // One of the same size was refused before it, and it goes out again in smaller ones already.
    if (packet === undefined) return true;
    if (packet.length <= minChunkBytes) return false;
    this.#path.tooLarge(packet.length);
    this.#resend(packet);
    for (const longer of this.#packets.takeLongerThan(this.#path.chunkBytes)) this.#resend(longer);
    return true;
  }

  /** Forgets everything. */
  clear(): void {
    this.#buffer.clear();
    this.#charge.set(0);
    this.#packets.clear();
  }

  #hasRoomFor(bytes: Uint8Array): boolean {
    return this.#buffer.end + bytes.length <= maxOffset;
  }

  /** Somebody may wait for the little that is under way. A stream with more to send only wants its share, also at its start. */
  get #isInteractive(): boolean {
    return this.#packets.bytes <= interactiveBytes && this.#buffer.unsentBytes === 0;
  }

  get #hasFinToSend(): boolean {
    return this.#isEnded && !this.#isFinSent && this.#buffer.unsentBytes === 0;
  }

  get #hasUnsentWithCredit(): boolean {
    return this.#buffer.unsentBytes > 0 && this.#creditLimit > this.#buffer.sentTo;
  }

  get #isBlocked(): boolean {
    // Credit used up to the last byte counts: the local end has most likely more.
    return this.#creditLimit <= this.#buffer.sentTo && (this.#buffer.unsentBytes > 0 || !this.#isEnded);
  }

  get #probeTime(): number {
    if (this.#packets.count === 0) return Number.POSITIVE_INFINITY;
    const timeoutMs = this.#roundTrip.probeTimeoutMs;
    return this.#lastSentAt + Math.min(timeoutMs * 2 ** this.#timeouts, Math.max(timeoutMs, maxProbePauseMs));
  }

  /** Sends the first bytes the other end misses again, whatever packet they were in. Returns false when it misses none. */
  #probe(): boolean {
    const { releasedTo, sentTo } = this.#buffer;
    this.#buffer.markLost(releasedTo, Math.min(sentTo, releasedTo + minChunkBytes));
    if (!this.#isFinAcknowledged) this.#isFinSent = false;
    this.#mayProbe = true;
    return this.canSend;
  }

  #sample(elapsedMs: number, ackDelayMs: number, now: number): void {
    this.#roundTrip.sample(elapsedMs, ackDelayMs);
    this.#congestion.sample(elapsedMs, this.#roundTrip.smoothedMs, now, this.#path.hop.isSharedBy(this, now));
    this.#path.measured(this.#roundTrip.smoothedMs);
  }

  #detectLost(now: number): void {
    const lost = this.#packets.takeLost(now, this.#roundTrip.lossDelayMs);
    const first = lost[0];
    const last = lost.at(-1);
    if (first === undefined || last === undefined) return;
    for (const packet of lost) this.#resend(packet);
    if (last.sentAt < this.#pathSince) return;
    this.#path.judge(0, lost.length);
    const spanMs = last.sentAt - Math.max(first.sentAt, this.#pathSince);
    const isPersistent = spanMs > persistentTimeouts * this.#roundTrip.probeTimeoutMs;
    if (isPersistent) this.#congestion.collapsed(now);
    const isCut = isPersistent || this.#congestion.lost(last.sentAt, now);
    this.#packets.judgedLost(lost, isCut);
  }

  #resend(packet: SentPacket): void {
    this.#buffer.markLost(packet.offset, packet.offset + packet.length);
    if (packet.fin && !this.#isFinAcknowledged) this.#isFinSent = false;
    if (packet.credit) this.#isCreditLost = true;
  }
}
