import type { Release } from "@x/core";
import { ackEveryPackets, maxAckDelayMs } from "../limits.js";
import type { PacketRange, Segment } from "../protocol/segment.js";
import type { StreamBudget } from "../resources/stream-budget.js";
import { CreditWindow } from "./credit-window.js";
import { type OrderedBytes, ReceiveBuffer } from "./receive-buffer.js";
import { ReceivedPackets } from "./received-packets.js";

/** The receiving direction of a stream: order, acknowledgements and credit. No clock, no sockets. */
export class ReceiveHalf {
  readonly #buffer: ReceiveBuffer = new ReceiveBuffer();
  readonly #packets: ReceivedPackets = new ReceivedPackets();
  readonly #credit: CreditWindow;
  #finalOffset: number | undefined;
  #takenTo = 0;
  #unanswered = 0;
  #isAckDue = false;
  #ackDeadline: number = Number.POSITIVE_INFINITY;

  /** @param isStranger as that of {@link CreditWindow} */
  constructor(budget: StreamBudget, maxWindowBytes: number, isStranger: boolean) {
    this.#credit = new CreditWindow(budget, maxWindowBytes, isStranger);
  }

  /** Every byte and the end of the other direction arrived. */
  get isComplete(): boolean {
    return this.#finalOffset === this.#buffer.receivedTo;
  }

  /** Every byte was taken, and the end arrived. */
  get isRead(): boolean {
    return this.#finalOffset === this.#takenTo;
  }

  /** All bytes below this offset arrived. */
  get receivedTo(): number {
    return this.#buffer.receivedTo;
  }

  /** An acknowledgement should go out now. */
  get isAckDue(): boolean {
    return this.#isAckDue;
  }

  /** The other end should hear of more credit. */
  get isCreditDue(): boolean {
    return this.#finalOffset === undefined && this.#credit.isWorthTelling;
  }

  /** When an acknowledgement becomes due; infinite when none is waited for, or when it is due and waits for its turn. */
  get ackDeadline(): number {
    return this.#isAckDue ? Number.POSITIVE_INFINITY : this.#ackDeadline;
  }

  /** What arrived, highest range first. */
  get ranges(): readonly PacketRange[] {
    return this.#packets.report();
  }

  /** The offset up to which the other end may send, as far as it was told. */
  get creditLimit(): number {
    return this.#credit.limit;
  }

  /** Says whether a packet is newer than all that arrived. */
  isNewest(packetNumber: number): boolean {
    return packetNumber > this.#packets.largest;
  }

  /**
   * Takes in the data of a segment; `release` belongs to them.
   * Returns what is wrong with it, if anything: the stream is then invalid.
   */
  receive(segment: Segment, now: number, release?: Release): string | undefined {
    const end = segment.offset + segment.data.length;
    const fault = this.#findFault(segment, end);
    if (fault !== undefined) return fault;
    const hasData = segment.data.length > 0;
    if (hasData && !this.#buffer.insert(segment.offset, segment.data, release)) return undefined;
    if (segment.fin) this.#finalOffset = end;
    if (segment.blocked) this.#credit.senderWaits();
    this.#scheduleAck(segment, now);
    this.#packets.add(segment.packetNumber, now);
    return undefined;
  }

  /** What was not taken waits for a reader that is slow, and is kept in little memory. */
  keep(): void {
    this.#buffer.keep();
  }

  /** The next bytes in order, for the local end. */
  take(): OrderedBytes | undefined {
    const next = this.#buffer.take();
    if (next !== undefined) this.#takenTo += next.bytes.length;
    return next;
  }

  /** The local end consumed bytes that were taken: the other end may send as many more. */
  consumed(bytes: number): void {
    const isDry = this.#credit.consumed + bytes === this.#buffer.receivedTo;
    this.#credit.consume(bytes, isDry);
  }

  /** How long the newest packet has waited for its acknowledgement, in milliseconds. */
  ackDelay(now: number): number {
    return this.#packets.largest === 0 ? 0 : now - this.#packets.largestAt;
  }

  /** Moves the credit limit on, to be told with the segment that is being written. */
  grant(): number {
    return this.#credit.grant();
  }

  /** A segment with the acknowledgement was sent. */
  acknowledged(): void {
    this.#unanswered = 0;
    this.#isAckDue = false;
    this.#ackDeadline = Number.POSITIVE_INFINITY;
  }

  /** Time passed. */
  onTime(now: number): void {
    if (now >= this.#ackDeadline) this.#isAckDue = true;
  }

  /** Nothing more will be read: gives the memory back. Safe to call twice. */
  clear(): void {
    this.#buffer.clear();
    this.#credit.close();
    this.acknowledged();
  }

  #findFault(segment: Segment, end: number): string | undefined {
    if (end > this.#credit.limit)
      return `data up to byte ${end} are beyond the credit of ${this.#credit.limit}`;
    const final = this.#finalOffset;
    if (final !== undefined && end > final) return `data up to byte ${end} are beyond the end at ${final}`;
    if (!segment.fin) return undefined;
    if (final !== undefined && end !== final) return `the end moves from byte ${final} to ${end}`;
    if (end < this.#buffer.highest) return `the end at byte ${end} is below data that arrived`;
    return undefined;
  }

  #scheduleAck(segment: Segment, now: number): void {
    if (!segment.wantsAck) return;
    this.#unanswered++;
    const isInOrder = segment.packetNumber === this.#packets.largest + 1;
    if (this.#unanswered >= ackEveryPackets || !isInOrder || segment.asks || segment.fin) {
      this.#isAckDue = true;
    } else this.#ackDeadline = Math.min(this.#ackDeadline, now + maxAckDelayMs);
  }
}
