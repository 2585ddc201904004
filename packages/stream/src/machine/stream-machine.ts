import type { Release } from "@x/core";
import { maxBreakingMs } from "../limits.js";
import type { PathMemory } from "../path/path-memory.js";
import type { ResetReason } from "../protocol/reset-reason.js";
import { encodeSegmentHeader, type Segment, type SegmentSender } from "../protocol/segment.js";
import { type StreamId, streamIdToBytes } from "../protocol/stream-id.js";
import type { OrderedBytes } from "../receive/receive-buffer.js";
import { ReceiveHalf } from "../receive/receive-half.js";
import type { Piece } from "../send/piece.js";
import type { LentBytes } from "../send/send-buffer.js";
import { SendHalf } from "../send/send-half.js";
import type { MachineOptions, StreamPhase, Urgency } from "./machine-options.js";
import { ResetNotice } from "./reset-notice.js";
import { StreamClock } from "./stream-clock.js";

/**
 * One end of one stream, both directions: a pure state machine.
 * It has no clock, socket or timer: the caller tells it what happened and when, takes segments from `poll`, bytes from `read`,
 * and calls `onTime` when `deadline` has come.
 */
export class StreamMachine {
  readonly id: StreamId;
  readonly #isAcceptor: boolean;
  readonly #sender: SegmentSender;
  readonly #clock: StreamClock;
  readonly #openOptions: Uint8Array | undefined;
  readonly #send: SendHalf;
  readonly #receive: ReceiveHalf;
  #phase: StreamPhase;
  #isStarted: boolean;
  #isPathUp = true;
  #nextNumber = 1;
  #isPingDue = false;
  #reason: ResetReason | undefined;
  /** What the stream is reset for as soon as the other end has all bytes, and when at the latest, in milliseconds. */
  #breaking: { readonly reason: ResetReason; readonly until: number } | undefined;
  /** Present while the other end must still hear of a reset. */
  #notice: ResetNotice | undefined;

  constructor(options: MachineOptions, now: number) {
    this.id = options.id;
    this.#isAcceptor = options.role === "acceptor";
    this.#sender = {
      id: streamIdToBytes(options.id),
      fromAcceptor: this.#isAcceptor,
      pages: options.pages,
    };
    this.#clock = new StreamClock(options.settings, now, this.#isAcceptor);
    this.#openOptions = options.openOptions;
    this.#send = new SendHalf(options, now);
    this.#receive = new ReceiveHalf(options.budget, options.settings.maxWindowBytes, this.#isAcceptor);
    this.#phase = this.#isAcceptor ? "open" : "opening";
    this.#isStarted = this.#isAcceptor;
  }

  get phase(): StreamPhase {
    return this.#phase;
  }

  /** Why the stream ended before its time; nothing while it lives, and when both directions came to their end. */
  get reason(): ResetReason | undefined {
    return this.#reason;
  }

  /** The number the next packet will have. */
  get nextNumber(): number {
    return this.#nextNumber;
  }

  /** Says whether bytes of the local end are welcome now. */
  get wantsBytes(): boolean {
    return this.#takesBytes && this.#send.wantsBytes;
  }

  /** All bytes of the other end were read, and it ended. */
  get isRead(): boolean {
    return this.#reason === undefined && this.#breaking === undefined && this.#receive.isRead;
  }

  /** The local end ended, and the other end has every byte. */
  get isSent(): boolean {
    return this.#send.isFinished;
  }

  /** Bytes of the local end that were sent, each counted once. */
  get sentBytes(): number {
    return this.#send.sentTo;
  }

  /** Bytes of the other end that arrived in order. */
  get receivedBytes(): number {
    return this.#receive.receivedTo;
  }

  /** It carried nothing yet, in neither direction. */
  get isUnused(): boolean {
    return this.sentBytes === 0 && this.receivedBytes === 0;
  }

  /** When something of the other end arrived last, in milliseconds. */
  get lastHeardAt(): number {
    return this.#clock.lastHeardAt;
  }

  /** Bytes that the other end has not acknowledged. */
  get heldBytes(): number {
    return this.#send.heldBytes;
  }

  /** The smoothed round-trip time, in milliseconds. */
  get roundTripMs(): number {
    return this.#send.roundTripMs;
  }

  // Local events.

  /** Lets the open go out, with the bytes written so far. */
  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#isPingDue = !this.#send.canSend;
  }

  /** Bytes of the local end. They must not change until `release` is called, or for good. */
  write(bytes: Uint8Array, now: number, release?: Release): void {
    if (!this.#takesBytes) release?.();
    else if (!this.#send.write(bytes, release)) {
      release?.();
      this.#tooLong(now);
    }
  }

  /** Bytes of the local end, which are copied. */
  writeCopy(bytes: Uint8Array, now: number): void {
    if (this.#takesBytes && !this.#send.writeCopy(bytes)) this.#tooLong(now);
  }

  /** The local end ended its direction. */
  end(): void {
    if (this.#isAlive) this.#send.finish();
  }

  /** The next bytes for the local end. Tell `consumed` when it has taken them. */
  read(): OrderedBytes | undefined {
    return this.#reason === undefined && this.#breaking === undefined ? this.#receive.take() : undefined;
  }

  /** The local end takes no more bytes now: what waits for it is kept in little memory. */
  keep(): void {
    this.#receive.keep();
  }

  /** The local end has taken bytes. */
  consumed(bytes: number): void {
    if (this.#reason === undefined) this.#receive.consumed(bytes);
  }

  /** Ends the stream before its time and tells the other end, unless that cannot know it. */
  reset(reason: ResetReason, now: number): void {
    if (!this.#isAlive) return;
    const isUnknownThere = this.#nextNumber === 1 && !this.#isAcceptor;
    this.#stop(reason, isUnknownThere ? "closed" : "resetting");
    if (isUnknownThere) return;
    this.#notice = new ResetNotice(this.id, this.#isAcceptor, reason, this.#send.probeTimeoutMs);
    this.#clock.heard(now, true);
  }

  /**
   * The local end broke by itself: the stream is reset once the other end has all that was written, or after
   * {@link maxBreakingMs}. What still comes is not read any more.
   */
  breakOff(reason: ResetReason, now: number): void {
    if (!this.#isAlive || this.#breaking !== undefined) return;
    this.#isStarted = true;
    this.#breaking = { reason, until: now + maxBreakingMs };
    this.#resetWhenSent(now);
  }

  /** Ends the stream before its time without a word, because the other end never knew it or is gone. */
  abandon(reason: ResetReason): void {
    if (this.#phase !== "closed") this.#stop(this.#reason ?? reason, "closed");
  }

  /** Gives back all memory. Call it when the local end is closed. Safe to call twice. */
  dispose(): void {
    this.#send.clear();
    this.#receive.clear();
  }

  // Events of the path.

  /** Says whether a packet is newer than all that came: its return route is then the one to use. */
  isNewest(packetNumber: number): boolean {
    return this.#receive.isNewest(packetNumber);
  }

  /** A segment of the other end; `release` belongs to its data. */
  receive(segment: Segment, now: number, release?: Release): void {
    this.#notice?.dueNow();
    if (!this.#isAlive) return;
    this.#phase = "open";
    const fault = this.#send.receive(segment, now) ?? this.#receive.receive(segment, now, release);
    this.#clock.heard(now, this.#send.packetsUnderWay > 0);
    if (fault !== undefined) this.reset({ code: "STREAM_INVALID", text: fault }, now);
    else this.#closeWhenDone();
    this.#resetWhenSent(now);
  }

  /** The other end reset the stream. */
  receiveReset(reason: ResetReason): void {
    if (this.#phase !== "closed") this.#stop(this.#reason ?? reason, "closed");
  }

  /** The other end says that the stream is over for it: it got all, or it heard of the reset. */
  receiveClosed(): void {
    if (this.#phase === "resetting") this.#close();
    if (!this.#isAlive) return;
    if (this.#receive.isComplete && this.#send.isEnded) this.#close();
    else this.#stop({ code: "STREAM_LOST", text: "the other end no longer knows the stream" }, "closed");
  }

  /** The path does not carry messages now. Nothing is sent until `pathUp` or `movePath`. */
  pathDown(now: number): void {
    this.#isPathUp = false;
    this.#clock.waits(now);
  }

  /** The path carries messages again, or the stream goes over another one: asks the other end what it has. */
  movePath(path: PathMemory, now: number): void {
    this.#isPathUp = true;
    this.#notice?.dueNow();
    if (!this.#isAlive) return;
    this.#send.restart(path, now);
    this.#isPingDue = this.#isStarted;
  }

  /** Says whether a message was sent and may still be on its way: a packet; or a reset, which has no number: 0. */
  isUnderWay(packetNumber: number): boolean {
    if (packetNumber === 0) return this.#notice !== undefined;
    return this.#isAlive && this.#send.isUnderWay(packetNumber);
  }

  /** A hop was too busy for a packet. */
  refusedAsBusy(packetNumber: number, now: number): void {
    if (this.#isAlive) this.#send.refusedAsBusy(packetNumber, now);
  }

  /** A hop does not carry messages as large as a packet. */
  refusedAsTooLarge(packetNumber: number): void {
    if (!this.#isAlive || this.#send.refusedAsTooLarge(packetNumber)) return;
    this.abandon({ code: "STREAM_LOST", text: "the path does not carry even the smallest messages" });
  }

  // What to do next.

  /** What `poll` would give now. */
  urgency(): Urgency {
    if (!this.#isPathUp || !this.#isStarted) return "none";
    if (this.#notice !== undefined) return this.#notice.isDue ? "urgent" : "none";
    if (!this.#isAlive) return "none";
    const isCreditDue = this.#receive.isCreditDue || this.#send.isCreditLost;
    if (this.#isPingDue || this.#receive.isAckDue || isCreditDue) return "urgent";
    if (this.#send.canSend) return "data";
    return this.#send.isBlockedUntold ? "urgent" : "none";
  }

  /** The next message for the other end; nothing when there is none now. */
  poll(now: number): LentBytes | undefined {
    if (this.urgency() === "none") return undefined;
    if (this.#notice !== undefined) return { parts: [this.#notice.take(now)], release: undefined };
    const piece = this.#send.next();
    const message = this.#send.lend(this.#segmentHeader(piece, now), piece);
    this.#closeWhenDone();
    return message;
  }

  /** When `onTime` should be called, in milliseconds; infinite when nothing is waited for. */
  get deadline(): number {
    if (this.#phase === "closed") return Number.POSITIVE_INFINITY;
    const brokenAt = this.#breaking?.until ?? Number.POSITIVE_INFINITY;
    const until = Math.min(this.#clock.giveUpAt, this.#clock.answerBy, brokenAt);
    if (!this.#isPathUp || !this.#isStarted) return until;
    if (this.#notice !== undefined) return Math.min(this.#clock.giveUpAt, this.#notice.dueAt);
    const keepAliveAt = this.#isAsking ? Number.POSITIVE_INFINITY : this.#clock.keepAliveAt;
    return Math.min(until, this.#send.deadline, this.#receive.ackDeadline, keepAliveAt);
  }

  /** Time passed. */
  onTime(now: number): void {
    if (this.#phase === "closed") return;
    this.#notice?.onTime(now);
    if (now >= this.#clock.giveUpAt) this.#giveUp(now);
    else if (this.#isAlive && now >= this.#clock.answerBy) {
      this.reset({ code: "TIMED_OUT", text: "the other end did not answer in time" }, now);
    }
    if (this.#breaking !== undefined && now >= this.#breaking.until) this.reset(this.#breaking.reason, now);
    if (!this.#isAlive || !this.#isPathUp || !this.#isStarted) return;
    this.#receive.onTime(now);
    if (this.#send.onTime(now)) this.#isPingDue = true;
    if (!this.#isAsking && now >= this.#clock.keepAliveAt) this.#isPingDue = true;
  }

  /** A packet is under way, or about to be, that the other end answers. */
  get #isAsking(): boolean {
    return this.#isPingDue || this.#send.packetsUnderWay > 0;
  }

  get #takesBytes(): boolean {
    return this.#isAlive && this.#breaking === undefined && !this.#send.isEnded;
  }

  #tooLong(now: number): void {
    this.reset({ code: "STREAM_INVALID", text: "the stream is longer than 2^48 bytes" }, now);
  }

  get #isAlive(): boolean {
    return this.#phase === "opening" || this.#phase === "open";
  }

  #segmentHeader(piece: Piece | undefined, now: number): Uint8Array {
    const asks = this.#isPingDue || piece?.asks === true;
    const credit = piece !== undefined || this.#receive.isCreditDue || this.#send.isCreditLost || asks;
    const blocked = this.#send.tellBlocked();
    const wantsAck = credit || blocked;
    const packetNumber = this.#nextNumber++;
    const { offset, length, fin } = piece ?? { offset: this.#send.sentTo, length: 0, fin: false };
    const header = encodeSegmentHeader(this.#sender, {
      open: this.#phase === "opening",
      fin,
      wantsAck,
      asks,
      blocked,
      packetNumber,
      offset,
      ackDelayMs: this.#receive.ackDelay(now),
      receivedTo: this.#receive.receivedTo,
      creditLimit: credit ? this.#receive.grant() : this.#receive.creditLimit,
      ranges: this.#receive.ranges,
      options: this.#openOptions,
    });
    this.#send.sent({ number: packetNumber, sentAt: now, offset, length, fin, credit }, wantsAck);
    this.#receive.acknowledged();
    this.#isPingDue = false;
    if (wantsAck) this.#clock.waits(now);
    return header;
  }

  #resetWhenSent(now: number): void {
    if (this.#breaking === undefined) return;
    const isSent = this.#send.isEnded ? this.#send.isFinished : this.#send.heldBytes === 0;
    if (isSent) this.reset(this.#breaking.reason, now);
  }

  #closeWhenDone(): void {
    const isDone = this.#send.isFinished && this.#receive.isComplete && !this.#receive.isAckDue;
    if (isDone && this.#isAlive) this.#close();
  }

  #close(): void {
    this.#phase = "closed";
    this.#notice = undefined;
  }

  #giveUp(now: number): void {
    const seconds = Math.round(this.#clock.waited(now) / 1000);
    this.abandon({ code: "STREAM_LOST", text: `nothing was heard of the other end for ${seconds} s` });
  }

  #stop(reason: ResetReason, phase: "resetting" | "closed"): void {
    this.#reason = reason;
    this.#phase = phase;
    this.#notice = undefined;
    this.dispose();
  }
}
