import type { Release } from "@x/core";
import type { StreamMachine } from "../machine/stream-machine.js";
import type { Path, PathUser } from "../path/path.js";
import { meaningOf } from "../protocol/refused-message.js";
import type { ResetReason } from "../protocol/reset-reason.js";
import type { Segment } from "../protocol/segment.js";
import type { Sleeper, Wakeup, Wakeups } from "../resources/wakeups.js";
import type { Carrier, LocalEnd } from "./local-end.js";

/** A path as streams use it. */
export type StreamPath = Path<CarriedStream>;

/** Where a stream is carried. */
export interface CarriedStreamOptions {
  readonly path: StreamPath;
  readonly wakeups: Wakeups;
  /** Whose it is; nothing for a stranger's. */
  readonly owner: string | undefined;
  /** The protocol is through with the stream; the local end may still have bytes to take. */
  readonly onClosed: (stream: CarriedStream) => void;
}

/** A stream in its surroundings: joins the state machine, the path it uses, its local end and its wake-ups. */
export class CarriedStream implements Carrier, PathUser, Sleeper {
  wakeup: Wakeup | undefined;
  readonly machine: StreamMachine;
  readonly startedAt: number;
  /** Whoever opened it; nothing for a stranger. No segment, path or renewal ever changes it. */
  readonly owner: string | undefined;
  /** The path in use. */
  path: StreamPath;
  readonly #wakeups: Wakeups;
  readonly #onClosed: (stream: CarriedStream) => void;
  #local: LocalEnd | undefined;
  #queuedOn: StreamPath | undefined;
  #isQueuedUrgent = false;
  #isEndDelivered = false;
  /** The first packet number of the path in use: what is said about lower ones is about another path. */
  #firstNumber = 1;
  #isClosedTold = false;
  #isLocalClosed = false;
  #isDropped = false;

  constructor(machine: StreamMachine, { path, wakeups, owner, onClosed }: CarriedStreamOptions) {
    this.machine = machine;
    this.path = path;
    this.owner = owner;
    this.#wakeups = wakeups;
    this.#onClosed = onClosed;
    this.startedAt = wakeups.now();
    path.streams.add(this);
  }

  get isSent(): boolean {
    return this.machine.isSent;
  }

  get isRead(): boolean {
    return this.machine.isRead;
  }

  get sentBytes(): number {
    return this.machine.sentBytes;
  }

  get receivedBytes(): number {
    return this.machine.receivedBytes;
  }

  get reason(): ResetReason | undefined {
    return this.machine.reason;
  }

  /** Joins the local end. */
  attach(local: LocalEnd): void {
    this.#local = local;
  }

  start(): void {
    this.machine.start();
    this.settle();
  }

  write(bytes: Uint8Array, release?: Release): void {
    this.machine.write(bytes, this.#wakeups.now(), release);
    this.settle();
  }

  writeCopy(bytes: Uint8Array): void {
    this.machine.writeCopy(bytes, this.#wakeups.now());
    this.settle();
  }

  end(): void {
    this.machine.start();
    this.machine.end();
    this.settle();
  }

  taken(bytes: number): void {
    this.machine.consumed(bytes);
    this.settle();
  }

  localClosed(): void {
    this.#isLocalClosed = true;
    this.settle();
  }

  reset(reason: ResetReason): void {
    this.machine.reset(reason, this.#wakeups.now());
    this.settle();
  }

  breakOff(reason: ResetReason): void {
    this.machine.breakOff(reason, this.#wakeups.now());
    this.settle();
  }

  /** The stream cannot be, and the other end need not know. */
  abandon(reason: ResetReason): void {
    this.machine.abandon(reason);
    this.settle();
  }

  /** A segment of the other end; `release` belongs to its data. */
  receive(segment: Segment, release?: Release): void {
    this.machine.receive(segment, this.#wakeups.now(), release);
    this.settle();
  }

  receiveReset(reason: ResetReason): void {
    this.machine.receiveReset(reason);
    this.settle();
  }

  receiveClosed(): void {
    this.machine.receiveClosed();
    this.settle();
  }

  pathDown(): void {
    this.machine.pathDown(this.#wakeups.now());
    this.settle();
  }

  /** Goes on over a path: another one, or the same that came back. */
  moveTo(path: StreamPath): void {
    this.path.streams.delete(this);
    this.path = path;
    path.streams.add(this);
    this.#firstNumber = this.machine.nextNumber;
    this.machine.movePath(path.memory, this.#wakeups.now());
    this.settle();
  }

  /** Says whether a packet number is one of the path in use. */
  isOfPath(packetNumber: number): boolean {
    return packetNumber >= this.#firstNumber;
  }

  /** Says whether a message was sent by the path in use and may still be on its way: a packet, or a reset: 0. */
  isUnderWay(packetNumber: number): boolean {
    return (packetNumber === 0 || this.isOfPath(packetNumber)) && this.machine.isUnderWay(packetNumber);
  }

  refusedAsBusy(packetNumber: number): void {
    this.machine.refusedAsBusy(packetNumber, this.#wakeups.now());
    this.settle();
  }

  refusedAsTooLarge(packetNumber: number): void {
    this.machine.refusedAsTooLarge(packetNumber);
    this.settle();
  }

  onWake(now: number): void {
    if (now >= this.machine.deadline) this.machine.onTime(now);
    this.settle();
  }

  takeTurn(path: object): void {
    if (this.#queuedOn !== path || this.#isDropped) return;
    this.#queuedOn = undefined;
    if (this.path === path) this.#sendOne();
    this.settle();
  }

  /** Stops carrying it without a word: its surroundings end. */
  drop(): void {
    this.#isDropped = true;
    this.#wakeups.cancel(this);
    this.path.streams.delete(this);
    this.machine.dispose();
  }

  /** After anything happened: passes on bytes, asks for a turn, sets the timer. */
  settle(): void {
    // Its local end may still close.
    if (this.#isDropped) return;
    this.#deliver();
    if (this.machine.phase === "closed") {
      this.#closed();
      return;
    }
    this.#local?.wantBytes(this.machine.wantsBytes);
    const urgency = this.machine.urgency();
    if (
      urgency !== "none" &&
      (this.#queuedOn !== this.path || (urgency === "urgent" && !this.#isQueuedUrgent))
    ) {
      this.#queuedOn = this.path;
      this.#isQueuedUrgent = urgency === "urgent";
      this.path.enqueue(this, this.#isQueuedUrgent);
      this.path.pump();
    }
    this.#wakeups.schedule(this, this.machine.deadline);
  }

  #sendOne(): void {
    const message = this.machine.poll(this.#wakeups.now());
    const error = message && this.path.send(message.parts, message.release);
    if (error === undefined) return;
    if (meaningOf(error.code) === "tooLarge") this.machine.refusedAsTooLarge(this.machine.nextNumber - 1);
    else this.path.failed(error);
  }

  #deliver(): void {
    const local = this.#local;
    if (local === undefined) return;
    const { reason } = this.machine;
    if (reason !== undefined) {
      this.#local = undefined;
      local.abort(reason);
      return;
    }
    if (this.#isEndDelivered) return;
    while (local.canDeliver) {
      const piece = this.machine.read();
      if (piece === undefined) break;
      // Once they are taken, their memory may be gone.
      const { length } = piece.bytes;
      if (local.deliver(piece)) this.machine.consumed(length);
    }
    this.machine.keep();
    if (!this.machine.isRead || !local.canDeliver) return;
    this.#isEndDelivered = true;
    local.deliverEnd();
  }

  #closed(): void {
    if (this.#isLocalClosed) this.machine.dispose();
    if (this.#isClosedTold) return;
    this.#isClosedTold = true;
    this.#local?.wantBytes(false);
    this.#wakeups.cancel(this);
    this.path.streams.delete(this);
    this.#onClosed(this);
    if (this.machine.reason === undefined) this.#local?.finished();
  }
}
