import type { PortalBudget } from "./budget.js";
import type { OpenOptions } from "./open-options.js";
import type { PathMemory } from "./path-memory.js";
import { encodeReset } from "./portal-message.js";
import { ReceiveHalf } from "./receive-half.js";
import type { ResetReason } from "./reset-reason.js";
import { encodeSegmentHeader, type Segment } from "./segment.js";
import { type Piece, SendHalf } from "./send-half.js";
import { type StreamId, streamIdToBytes } from "./stream-id.js";
import type { StreamSettings } from "./stream-settings.js";

/**
 * Where a stream is in its life. See PROTOCOL.md, "States of a stream".
 * `opening`: nothing was heard of the other end. `resetting`: the other end must still hear of the reset. `closed`: over.
 */
export type StreamPhase = "opening" | "open" | "resetting" | "closed";

/** How much a stream wants to send: nothing, something small that others wait for, or data. */
export type Urgency = "none" | "urgent" | "data";

export interface StreamOptions {
  readonly id: StreamId;
  readonly role: "inlet" | "outlet";
  readonly path: PathMemory;
  readonly budget: PortalBudget;
  readonly settings: StreamSettings;
  /** What the outlet is told about the visitor. */
  readonly open?: OpenOptions;
}

/**
 * One end of one stream, both directions: a pure state machine.
 * It has no clock, socket or timer: the caller tells it what happened and when, takes segments from `poll`, bytes from `read`,
 * and calls `onTime` when `deadline` has come.
 */
export class Stream {
  readonly id: StreamId;
  readonly #idBytes: Uint8Array;
  readonly #isOutlet: boolean;
  readonly #settings: StreamSettings;
  readonly #open: OpenOptions | undefined;
  readonly #send: SendHalf;
  readonly #receive: ReceiveHalf;
  readonly #startedAt: number;
  #phase: StreamPhase;
  #isStarted: boolean;
  #isPathUp = true;
  #nextNumber = 1;
  #isPingDue = false;
  #lastHeardAt: number;
  /** Since when an answer is missing; infinite when none is. */
  #waitingSince: number = Number.POSITIVE_INFINITY;
  #reason: ResetReason | undefined;
  #resetsSent = 0;
  #nextResetAt: number = Number.POSITIVE_INFINITY;

  constructor(options: StreamOptions, now: number) {
    this.id = options.id;
    this.#idBytes = streamIdToBytes(options.id);
    this.#isOutlet = options.role === "outlet";
    this.#settings = options.settings;
    this.#open = options.open;
    this.#send = new SendHalf(options.path, options.budget, now);
    this.#receive = new ReceiveHalf(options.budget, options.settings.maxWindowBytes);
    this.#startedAt = now;
    this.#lastHeardAt = now;
    this.#phase = this.#isOutlet ? "open" : "opening";
    this.#isStarted = this.#isOutlet;
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

  /** Says whether bytes of the local socket are welcome now. */
  get wantsBytes(): boolean {
    return this.#isAlive && this.#send.wantsBytes;
  }

  /** All bytes of the other end were read, and it ended. */
  get isRead(): boolean {
    return this.#reason === undefined && this.#receive.isRead;
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

  /** Bytes of the local socket. They must not change any more. */
  write(bytes: Uint8Array): void {
    if (!this.#isAlive || this.#send.isEnded) return;
    if (!this.#send.write(bytes)) this.#fail("STREAM_INVALID", "the stream is longer than 2^48 bytes");
  }

  /** The local socket ended its direction. */
  end(): void {
    if (this.#isAlive) this.#send.finish();
  }

  /** The next bytes for the local socket. Tell `consumed` when it has taken them. */
  read(): Uint8Array | undefined {
    return this.#reason === undefined ? this.#receive.take() : undefined;
  }

  /** The local socket has taken bytes. */
  consumed(bytes: number): void {
    if (this.#reason === undefined) this.#receive.consumed(bytes);
  }

  /** Ends the stream before its time and tells the other end, unless that cannot know it. */
  reset(reason: ResetReason, now: number): void {
    if (!this.#isAlive) return;
    const isUnknownThere = this.#nextNumber === 1 && !this.#isOutlet;
    this.#stop(reason, isUnknownThere ? "closed" : "resetting");
    this.#waitingSince = now;
    this.#nextResetAt = now;
  }

  /** Ends the stream before its time without a word, because the other end never knew it or is gone. */
  abandon(reason: ResetReason): void {
    if (this.#phase !== "closed") this.#stop(this.#reason ?? reason, "closed");
  }

  /** Gives back all memory. Call it when the local socket is closed. Safe to call twice. */
  dispose(): void {
    this.#send.clear();
    this.#receive.clear();
  }

  // Events of the path.

  /** Says whether a packet is newer than all that came: its return route is then the one to use. */
  isNewest(packetNumber: number): boolean {
    return this.#receive.isNewest(packetNumber);
  }

  /** A segment of the other end. */
  receive(segment: Segment, now: number): void {
    if (this.#phase === "resetting") this.#nextResetAt = Math.min(this.#nextResetAt, now);
    if (!this.#isAlive) return;
    this.#heard(now);
    const fault = this.#send.receive(segment, now) ?? this.#receive.receive(segment, now);
    if (fault !== undefined) this.#fail("STREAM_INVALID", fault, now);
    if (this.#send.packetsUnderWay > 0) this.#waitingSince = now;
    this.#closeWhenDone();
  }

  /** The other end reset the stream. */
  receiveReset(reason: ResetReason): void {
    if (this.#phase !== "closed") this.#stop(this.#reason ?? reason, "closed");
  }

  /** The other end says that the stream is over for it: it got all, or it heard of the reset. */
  receiveClosed(): void {
    if (this.#phase === "resetting") this.#phase = "closed";
    if (!this.#isAlive) return;
    if (this.#receive.isComplete && this.#send.isEnded) this.#phase = "closed";
    else this.#stop({ code: "STREAM_LOST", text: "the other end no longer knows the stream" }, "closed");
  }

  /** The path does not carry messages now. Nothing is sent until `pathUp` or `movePath`. */
  pathDown(now: number): void {
    this.#isPathUp = false;
    this.#waitingSince = Math.min(this.#waitingSince, now);
  }

  /** The path carries messages again, or the stream goes over another one: asks the other end what it has. */
  movePath(path: PathMemory, now: number): void {
    this.#isPathUp = true;
    this.#nextResetAt = this.#phase === "resetting" ? now : this.#nextResetAt;
    if (!this.#isAlive) return;
    this.#send.restart(path, now);
    this.#isPingDue = this.#isStarted;
  }

  /** A hop was too busy for a packet; without a number, for any. */
  refusedAsBusy(packetNumber: number | undefined, now: number): void {
    if (this.#isAlive) this.#send.refusedAsBusy(packetNumber, now);
  }

  /** A hop does not carry messages as large as a packet; without a number, as any under way. */
  refusedAsTooLarge(packetNumber: number | undefined): void {
    if (!this.#isAlive || this.#send.refusedAsTooLarge(packetNumber)) return;
    this.abandon({ code: "STREAM_LOST", text: "the path does not carry even the smallest messages" });
  }

  // What to do next.

  /** What `poll` would give now. */
  urgency(now: number): Urgency {
    if (!this.#isPathUp || !this.#isStarted) return "none";
    if (this.#phase === "resetting") return now >= this.#nextResetAt ? "urgent" : "none";
    if (!this.#isAlive) return "none";
    const isCreditDue = this.#receive.isCreditDue || this.#send.isCreditLost;
    if (this.#isPingDue || this.#receive.isAckDue || isCreditDue) return "urgent";
    if (this.#send.canSend) return "data";
    return this.#send.isBlockedUntold ? "urgent" : "none";
  }

  /** The next message for the other end, in parts; nothing when there is none now. */
  poll(now: number): Uint8Array[] | undefined {
    if (this.urgency(now) === "none") return undefined;
    if (this.#phase === "resetting") return this.#pollReset(now);
    const piece = this.#send.next();
    const header = this.#segmentHeader(piece, now);
    this.#closeWhenDone();
    return piece === undefined ? [header] : [header, ...this.#send.read(piece)];
  }

  /** When `onTime` should be called, in milliseconds; infinite when nothing is waited for. */
  get deadline(): number {
    if (this.#phase === "closed") return Number.POSITIVE_INFINITY;
    const giveUpAt = this.#waitingSince + this.#settings.resumeTimeoutMs;
    if (this.#phase === "resetting") return Math.min(giveUpAt, this.#isPathUp ? this.#nextResetAt : giveUpAt);
    const openBy = this.#openBy;
    if (!this.#isPathUp || !this.#isStarted) return Math.min(giveUpAt, openBy);
    const keepAliveAt = this.#lastHeardAt + this.#settings.keepAliveMs;
    const isAsking = this.#send.packetsUnderWay > 0 || this.#isPingDue;
    return Math.min(
      giveUpAt,
      openBy,
      this.#send.deadline,
      this.#receive.ackDeadline,
      isAsking ? Number.POSITIVE_INFINITY : keepAliveAt,
    );
  }

  /** Time passed. */
  onTime(now: number): void {
    if (this.#phase === "closed") return;
    if (now >= this.#waitingSince + this.#settings.resumeTimeoutMs) {
      this.#giveUp(now);
      return;
    }
    if (this.#phase === "resetting") return;
    if (now >= this.#openBy) {
      this.#fail("TIMED_OUT", "the outlet did not answer in time", now);
      return;
    }
    this.#receive.onTime(now);
    if (!this.#isPathUp || !this.#isStarted) return;
    if (this.#send.onTime(now)) this.#isPingDue = true;
    const isAsking = this.#send.packetsUnderWay > 0;
    if (!isAsking && now >= this.#lastHeardAt + this.#settings.keepAliveMs) this.#isPingDue = true;
  }

  get #isAlive(): boolean {
    return this.#phase === "opening" || this.#phase === "open";
  }

  get #openBy(): number {
    return this.#phase === "opening"
      ? this.#startedAt + this.#settings.openTimeoutMs
      : Number.POSITIVE_INFINITY;
  }

  #segmentHeader(piece: Piece | undefined, now: number): Uint8Array {
    const asks = this.#isPingDue;
    const credit = piece !== undefined || this.#receive.isCreditDue || this.#send.isCreditLost || asks;
    const blocked = this.#send.tellBlocked();
    const wantsAck = credit || blocked;
    const packetNumber = this.#nextNumber++;
    const { offset, length, fin } = piece ?? { offset: this.#send.sentTo, length: 0, fin: false };
    const header = encodeSegmentHeader(this.#idBytes, this.#isOutlet, {
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
      options: this.#open,
    });
    this.#send.sent({ number: packetNumber, sentAt: now, offset, length, fin, credit }, wantsAck);
    this.#receive.acknowledged();
    this.#isPingDue = false;
    if (wantsAck) this.#waitingSince = Math.min(this.#waitingSince, now);
    return header;
  }

  #pollReset(now: number): Uint8Array[] {
    const pauseMs = this.#send.probeTimeoutMs * 2 ** Math.min(this.#resetsSent, 5);
    this.#resetsSent++;
    this.#nextResetAt = now + pauseMs;
    return [encodeReset(this.id, this.#isOutlet, this.#reason ?? { code: "STREAM_RESET", text: "" })];
  }

  #heard(now: number): void {
    this.#lastHeardAt = now;
    this.#waitingSince = Number.POSITIVE_INFINITY;
    if (this.#phase === "opening") this.#phase = "open";
  }

  #closeWhenDone(): void {
    if (this.#isAlive && this.#send.isFinished && this.#receive.isComplete && !this.#receive.isAckDue) {
      this.#phase = "closed";
    }
  }

  #fail(code: "STREAM_INVALID" | "TIMED_OUT", text: string, now: number = this.#lastHeardAt): void {
    this.reset({ code, text }, now);
  }

  #giveUp(now: number): void {
    if (this.#phase === "resetting") this.#phase = "closed";
    else {
      const seconds = Math.round((now - this.#waitingSince) / 1000);
      this.#stop(
        { code: "STREAM_LOST", text: `nothing was heard of the other end for ${seconds} s` },
        "closed",
      );
    }
  }

  #stop(reason: ResetReason, phase: "resetting" | "closed"): void {
    this.#reason = reason;
    this.#phase = phase;
    this.dispose();
  }
}
