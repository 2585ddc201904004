import type { CulvertError, Release } from "@x/core";
import type { Path } from "./path.js";
import type { OrderedBytes } from "./receive-buffer.js";
import type { ResetReason } from "./reset-reason.js";
import type { Segment } from "./segment.js";
import type { Stream } from "./stream.js";
import type { Sleeper, Wakeup, Wakeups } from "./wakeups.js";

/** What a stream drives: a local socket. */
export interface LocalEnd {
  /** Whether bytes of the local program are wanted; called after each change, often with the same answer. */
  wantBytes(isWanted: boolean): void;
  /** Bytes for the local program. Returns true when it has them already; else call `taken` when it has. */
  deliver(piece: OrderedBytes): boolean;
  /** Says whether `deliver` may be called now. */
  readonly canDeliver: boolean;
  /** The other end ended its direction, and all bytes were delivered. */
  deliverEnd(): void;
  /** The stream ended before its time. */
  abort(reason: ResetReason): void;
}

/** What a portal stream needs of the inlet or outlet it belongs to. */
export interface StreamOwner {
  readonly wakeups: Wakeups;
  /** The protocol is through with the stream; the local socket may still have bytes to write. */
  onStreamClosed(stream: PortalStream): void;
  /** A message of the stream was refused before it left. */
  onSendError(stream: PortalStream, error: CulvertError): void;
}

/** A stream in its surroundings: joins the state machine, the path it uses, its local socket and its timer. */
export class PortalStream implements Sleeper {
  wakeup: Wakeup | undefined;
  readonly stream: Stream;
  readonly startedAt: number;
  /** The path in use. */
  path: Path;
  readonly #owner: StreamOwner;
  #local: LocalEnd | undefined;
  #queuedOn: Path | undefined;
  #isQueuedUrgent = false;
  #isEndDelivered = false;
  /** The first packet number of the path in use: what is said about lower ones is about another path. */
  #firstNumber = 1;
  #isClosedTold = false;
  #isLocalClosed = false;

  constructor(stream: Stream, path: Path, owner: StreamOwner) {
    this.stream = stream;
    this.path = path;
    this.#owner = owner;
    this.startedAt = owner.wakeups.now();
    path.streams.add(this);
  }

  /** Joins the local socket. */
  attach(local: LocalEnd): void {
    this.#local = local;
  }

  /** Lets the open go out. */
  start(): void {
    this.stream.start();
    this.settle();
  }

  /** Bytes of the local program. */
  write(bytes: Uint8Array): void {
    this.stream.write(bytes, this.#owner.wakeups.now());
    this.settle();
  }

  /** The local program ended its direction. */
  end(): void {
    this.stream.start();
    this.stream.end();
    this.settle();
  }

  /** The local program has taken bytes. */
  taken(bytes: number): void {
    this.stream.consumed(bytes);
    this.settle();
  }

  /** The local socket is closed. */
  localClosed(): void {
    this.#isLocalClosed = true;
    this.settle();
  }

  /** The local socket broke, or must not live on. */
  reset(reason: ResetReason): void {
    this.stream.reset(reason, this.#owner.wakeups.now());
    this.settle();
  }

  /** The stream cannot be, and the other end need not know. */
  abandon(reason: ResetReason): void {
    this.stream.abandon(reason);
    this.settle();
  }

  /** A segment of the other end; `release` belongs to its data. */
  receive(segment: Segment, release?: Release): void {
    this.stream.receive(segment, this.#owner.wakeups.now(), release);
    this.settle();
  }

  receiveReset(reason: ResetReason): void {
    this.stream.receiveReset(reason);
    this.settle();
  }

  receiveClosed(): void {
    this.stream.receiveClosed();
    this.settle();
  }

  pathDown(): void {
    this.stream.pathDown(this.#owner.wakeups.now());
    this.settle();
  }

  /** Goes on over a path: another one, or the same that came back. */
  moveTo(path: Path): void {
    this.path.streams.delete(this);
    this.path = path;
    path.streams.add(this);
    this.#firstNumber = this.stream.nextNumber;
    this.stream.movePath(path.memory, this.#owner.wakeups.now());
    this.settle();
  }

  /** Says whether a packet number is one of the path in use. */
  isOfPath(packetNumber: number): boolean {
    return packetNumber >= this.#firstNumber;
  }

  refusedAsBusy(packetNumber: number | undefined): void {
    this.stream.refusedAsBusy(packetNumber, this.#owner.wakeups.now());
    this.settle();
  }

  refusedAsTooLarge(packetNumber: number | undefined): void {
    this.stream.refusedAsTooLarge(packetNumber);
    this.settle();
  }

  onWake(now: number): void {
    if (now >= this.stream.deadline) this.stream.onTime(now);
    this.settle();
  }

  /** Sends one message, when it is the stream's turn on a path. */
  takeTurn(path: Path): void {
    if (this.#queuedOn !== path) return;
    this.#queuedOn = undefined;
    if (this.path !== path) {
      this.settle();
      return;
    }
    const message = this.stream.poll(this.#owner.wakeups.now());
    if (message !== undefined) {
      const error = path.send(message);
      if (error !== undefined) this.#owner.onSendError(this, error);
    }
    this.settle();
  }

  /** After anything happened: passes on bytes, asks for a turn, sets the timer. */
  settle(): void {
    this.#deliver();
    if (this.stream.phase === "closed") {
      this.#closed();
      return;
    }
    this.#local?.wantBytes(this.stream.wantsBytes);
    const urgency = this.stream.urgency();
    if (
      urgency !== "none" &&
      (this.#queuedOn !== this.path || (urgency === "urgent" && !this.#isQueuedUrgent))
    ) {
      this.#queuedOn = this.path;
      this.#isQueuedUrgent = urgency === "urgent";
      this.path.enqueue(this, this.#isQueuedUrgent);
      this.path.pump();
    }
    this.#owner.wakeups.schedule(this, this.stream.deadline);
  }

  #deliver(): void {
    const local = this.#local;
    if (local === undefined) return;
    const { reason } = this.stream;
    if (reason !== undefined) {
      this.#local = undefined;
      local.abort(reason);
      return;
    }
    if (this.#isEndDelivered || !local.canDeliver) return;
    for (let piece = this.stream.read(); piece !== undefined; piece = this.stream.read()) {
      if (local.deliver(piece)) this.stream.consumed(piece.bytes.length);
    }
    if (!this.stream.isRead) return;
    this.#isEndDelivered = true;
    local.deliverEnd();
  }

  #closed(): void {
    if (this.#isLocalClosed) this.stream.dispose();
    if (this.#isClosedTold) return;
    this.#isClosedTold = true;
    this.#local?.wantBytes(false);
    this.#owner.wakeups.cancel(this);
    this.path.streams.delete(this);
    this.#owner.onStreamClosed(this);
  }
}
