import {
  type Connection,
  type ConnectionHandlers,
  CulvertError,
  checkFrame,
  type Deferred,
  deferred,
  type Release,
} from "@x/core";
import type { BudgetShare } from "../bounds/fair-budget.js";
import { tooMuchPartial, tooMuchUnread } from "../bounds/too-much.js";
import { cutOff, dead, full, incomplete, silent } from "../connection-error.js";
import { Pulse, type PulseTarget, pulseTimes } from "../life/pulse.js";
import type { Ticker, Ticking } from "../life/ticker.js";
import { queuePollMs, stuckTimeoutMs } from "../limits.js";
import type { Guest } from "../listening/guest-listener.js";
import { decodeHello, encodeHello, type Hello } from "../streams/hello.js";
import type { TransportShares } from "../transport-shares.js";
import { FrameQueue } from "./frame-queue.js";
import type { MessageSettings } from "./message-settings.js";
import type { MessageWire } from "./message-wire.js";

/** The first byte of each message. See PROTOCOL.md, "Message wires". */
const kinds = { frame: 0, ping: 1, pong: 2, goodbye: 3, stop: 4, goOn: 5, hello: 6 } as const;

/**
 * One connection over whole messages, from its beginning: the hello is part of it. It needs nothing of its wire but that
 * messages arrive whole, once and in order.
 *
 * Reading never stops, because not every wire can: a receiver that is busy tells the other end to stop sending, and to go on.
 * So an end that is merely slow is always heard.
 */
export class MessageConnection implements Connection, Ticking, Guest {
  readonly localWhere: string;
  readonly remoteWhere: string;
  readonly source: string;
  readonly #wire: MessageWire;
  readonly #settings: MessageSettings;
  readonly #ticker: Ticker;
  readonly #queue: FrameQueue;
  readonly #hello = deferred<Hello>();
  /** What waits because the peer said to stop. */
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  /** Resolves when the peer, which said to stop, says to go on. */
  #stop: Deferred<void> | undefined;
  #hasToldToStop = false;
  #maxFrameBytes: number;
  #pulse: Pulse | undefined;
  readonly #life = { heard: false, wrote: false };
  #state: "shaking" | "open" | "closing" | "closed" = "shaking";
  #closing: Promise<void> | undefined;
  /** What waits for its receiver, and a message that is not whole. */
  readonly #partial: BudgetShare;
  #partialTicks = 0;
  readonly #unsent: BudgetShare;
  readonly #maxUnsentBytes: number;
  #stuckTicks = 0;
  #lastBytes = 0;
  readonly #gone = deferred();
  #room: Deferred<void> | undefined;
  #poll: ReturnType<typeof setInterval> | undefined;

  constructor(wire: MessageWire, settings: MessageSettings, shares: TransportShares) {
    this.localWhere = wire.localWhere;
    this.remoteWhere = wire.remoteWhere;
    this.source = wire.source;
    this.#wire = wire;
    this.#settings = settings;
    this.#ticker = shares.ticker;
    this.#partial = shares.partial.joinWhole(wire.source, () =>
      this.#finish(tooMuchPartial(this.remoteWhere, shares.partial.maxBytes)),
    );
    this.#unsent = shares.unsent.joinWhole(wire.source, () =>
      this.#finish(tooMuchUnread(this.remoteWhere, shares.unsent.maxBytes)),
    );
    this.#maxUnsentBytes = shares.unsent.maxBytes;
    this.#maxFrameBytes = settings.maxFrameBytes;
    this.#queue = new FrameQueue({
      onBusy: () => this.#tellFlow(),
      onFault: (cause) => this.#finish(failed(cause)),
    });
    this.#hello.promise.catch(() => {});
    wire.read(
      (message) => this.#take(message),
      (error) => this.#finish(this.#state === "closing" ? undefined : (error ?? cutOff(this.remoteWhere))),
    );
  }

  get isClosed(): boolean {
    return this.#state === "closed";
  }

  /**
   * Says hello, and waits for the peer's. The wire is closed when that fails.
   *
   * @throws CulvertError HANDSHAKE_FAILED, VERSION_UNSUPPORTED, CONNECTION_LIMIT_EXCEEDED, CONNECTION_RESET
   */
  async greet(): Promise<this> {
    const { maxFrameBytes, handshakeTimeoutMs } = this.#settings;
    const timer = setTimeout(() => this.#finish(silent(handshakeTimeoutMs)), handshakeTimeoutMs);
    if (!this.isClosed) this.#ticker.add(this);
    try {
      this.#sayHello(false);
      const peer = await this.#hello.promise;
      if (peer.full) throw full();
      this.#maxFrameBytes = Math.min(maxFrameBytes, peer.maxFrameBytes);
      const times = pulseTimes(this.#settings, peer.deadPeerMs, this.#ticker.tickMs);
      this.#pulse = new Pulse(this.#pulseTarget(), times);
      this.#state = "open";
      return this;
    } catch (error) {
      this.#finish(error as CulvertError);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  turnAway(): void {
    this.#sayHello(true);
    this.#finish(undefined);
  }

  whenClosed(callback: () => void): void {
    void this.#gone.promise.then(callback);
  }

  start(handlers: ConnectionHandlers): void {
    this.#queue.open(handlers);
  }

  send(parts: readonly Uint8Array[], release?: Release): Promise<void> | undefined {
    if (this.#state !== "open") throw closed(this.remoteWhere);
    checkFrame(parts, this.#maxFrameBytes);
    const { softQueueBytes, hardQueueBytes } = this.#settings;
    const waitingBytes = this.#waitingBytes;
    if (waitingBytes >= hardQueueBytes) throw busy(waitingBytes, `limit is ${hardQueueBytes} bytes`);
    if (this.#unsent.isSpent)
      throw busy(waitingBytes, "and the memory for all connections goes to those that hold less");
    if (this.#stop !== undefined) this.#hold(message(kinds.frame, parts));
    else this.#put(kinds.frame, parts);
    release?.();
    this.#unsent.set(this.#waitingBytes);
    return this.#waitingBytes > softQueueBytes ? this.#waitForRoom() : undefined;
  }

  close(): Promise<void> {
    this.#closing ??= this.#state === "closed" ? Promise.resolve() : this.#closeInOrder();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  tick(late: boolean): void {
    this.#pulse?.tick(late);
    this.#watchUnsent();
    this.#watchPartial(late);
  }

  /** A message that stays incomplete holds memory: not for ever, and not more than the budget of all. */
  #watchPartial(late: boolean): void {
    const { frameTimeoutMs } = this.#settings;
    if (this.#wire.partialBytes === undefined || this.#wire.partialBytes === 0) this.#partialTicks = 0;
    else if (!late) this.#partialTicks++;
    if (this.#partialTicks * this.#ticker.tickMs >= frameTimeoutMs)
      this.#finish(incomplete(this.remoteWhere, frameTimeoutMs));
    this.#countPartial();
  }

  #countPartial(): void {
    this.#partial.set(this.#queue.bytes + (this.#wire.partialBytes ?? 0));
  }

  #watchUnsent(): void {
    const waitingBytes = this.#waitingBytes;
    this.#stuckTicks = this.#unsent.isSpent && waitingBytes >= this.#lastBytes ? this.#stuckTicks + 1 : 0;
    this.#lastBytes = waitingBytes;
    this.#unsent.set(waitingBytes);
    if (this.#stuckTicks * this.#ticker.tickMs >= stuckTimeoutMs)
      this.#finish(tooMuchUnread(this.remoteWhere, this.#maxUnsentBytes));
  }

  /** Closes at once, with a reason. */
  destroy(reason?: CulvertError): void {
    this.#finish(reason ?? cutOff(this.remoteWhere));
  }

  get #waitingBytes(): number {
    return this.#heldBytes + this.#wire.waitingBytes;
  }

  async #closeInOrder(): Promise<void> {
    this.#state = "closing";
    this.#ticker.remove(this);
    this.#queue.discard();
    this.#openRoom();
    const timer = setTimeout(() => {
      this.#wire.destroy();
      this.#finish(undefined);
    }, this.#settings.closeTimeoutMs);
    await Promise.race([this.#stop?.promise, this.#gone.promise]);
    this.#put(kinds.goodbye, []);
    this.#wire.close();
    await this.#gone.promise;
    clearTimeout(timer);
  }

  #take(message: Uint8Array): void {
    this.#life.heard = true;
    const [kind] = message;
    const body = message.subarray(1);
    if (this.#state === "shaking" && kind === kinds.hello) this.#takeHello(body);
    else if (kind === kinds.frame) this.#takeFrame(body);
    else if (kind === kinds.ping) this.#sayLife(kinds.pong);
    else if (kind === kinds.goodbye) this.#finish(undefined);
    else if (kind === kinds.stop) this.#stop ??= deferred();
    else if (kind === kinds.goOn) this.#letGo();
    else if (kind === undefined) this.#finish(nonsense(this.remoteWhere));
  }

  #takeHello(body: Uint8Array): void {
    try {
      const found = decodeHello(body);
      if (found === undefined) throw new CulvertError("HANDSHAKE_FAILED", "Cannot shake hands: hello is cut");
      this.#hello.resolve(found.hello);
    } catch (error) {
      this.#hello.reject(error);
    }
  }

  #takeFrame(frame: Uint8Array): void {
    const { maxFrameBytes, hardQueueBytes } = this.#settings;
    if (frame.length > maxFrameBytes) this.#finish(tooLarge(frame.length, maxFrameBytes));
    else if (this.#queue.bytes >= hardQueueBytes + maxFrameBytes)
      this.#finish(flooded(this.remoteWhere, hardQueueBytes));
    else {
      this.#queue.push(frame);
      this.#tellFlow();
    }
  }

  /** Tells the peer to stop when much waits for the receiver, and to go on when little does. */
  #tellFlow(): void {
    const { bytes } = this.#queue;
    const { softQueueBytes } = this.#settings;
    this.#countPartial();
    const isTooMuch = bytes > (this.#hasToldToStop ? softQueueBytes / 2 : softQueueBytes);
    if (isTooMuch === this.#hasToldToStop) return;
    this.#hasToldToStop = isTooMuch;
    this.#put(isTooMuch ? kinds.stop : kinds.goOn, []);
  }

  #sayHello(isFull: boolean): void {
    const { maxFrameBytes, deadPeerMs } = this.#settings;
    this.#put(kinds.hello, [encodeHello({ maxFrameBytes, deadPeerMs, full: isFull })]);
  }

  /** What waits is a sign of life itself. */
  #sayLife(kind: number): void {
    if (this.#waitingBytes === 0) this.#put(kind, []);
  }

  #hold(held: Uint8Array): void {
    this.#held.push(held);
    this.#heldBytes += held.length;
  }

  #letGo(): void {
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    for (const each of held) this.#write(each);
    this.#stop?.resolve();
    this.#stop = undefined;
    this.#checkRoom();
  }

  #put(kind: number, parts: readonly Uint8Array[]): void {
    this.#write(message(kind, parts));
  }

  #write(bytes: Uint8Array): void {
    if (this.#state === "closed") return;
    this.#life.wrote = true;
    try {
      this.#wire.send(bytes);
    } catch {
      // The wire is closed, and says so by itself.
    }
  }

  #waitForRoom(): Promise<void> {
    this.#room ??= deferred();
    // Not every wire tells when bytes have left.
    this.#poll ??= setInterval(() => this.#checkRoom(), queuePollMs);
    return this.#room.promise;
  }

  #checkRoom(): void {
    if (this.#waitingBytes <= this.#settings.softQueueBytes / 2) this.#openRoom();
  }

  #openRoom(): void {
    clearInterval(this.#poll);
    this.#poll = undefined;
    this.#room?.resolve();
    this.#room = undefined;
  }

  #pulseTarget(): PulseTarget {
    return {
      ear: this.#life,
      mouth: this.#life,
      sendPing: () => this.#sayLife(kinds.ping),
      onDead: () => this.#finish(dead(this.remoteWhere, this.#settings.deadPeerMs)),
    };
  }

  /** Ends the connection. The first reason counts. */
  #finish(reason: CulvertError | undefined): void {
    if (this.#state === "closed") return;
    const wasShaking = this.#state === "shaking";
    this.#state = "closed";
    this.#ticker.remove(this);
    this.#held = [];
    this.#heldBytes = 0;
    this.#partial.leave();
    this.#unsent.leave();
    this.#openRoom();
    if (wasShaking) this.#hello.reject(reason ?? cutOff(this.remoteWhere));
    if (reason === undefined) this.#wire.close();
    else this.#wire.destroy();
    this.#queue.end(reason);
    this.#gone.resolve();
  }
}

/** One message: its kind, and a copy of the parts. */
function message(kind: number, parts: readonly Uint8Array[]): Uint8Array {
  let at = 1;
  for (const part of parts) at += part.length;
  const bytes = new Uint8Array(at);
  bytes[0] = kind;
  at = 1;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function closed(where: string): CulvertError {
  return new CulvertError("CONNECTION_CLOSED", `Cannot send frame to ${where}: the connection is closed`);
}

function busy(queued: number, why: string): CulvertError {
  const message = `Cannot send frame: ${queued} bytes are queued, ${why}`;
  return new CulvertError("CONNECTION_BUSY", message);
}

function tooLarge(bytes: number, limit: number): CulvertError {
  return new CulvertError("FRAME_TOO_LARGE", `Cannot read frame of ${bytes} bytes: limit is ${limit} bytes`);
}

function flooded(where: string, limit: number): CulvertError {
  const message = `Cannot keep connection to ${where}: it sent on after it was told to stop, ${limit} bytes wait`;
  return new CulvertError("CONNECTION_LIMIT_EXCEEDED", message);
}

function nonsense(where: string): CulvertError {
  return new CulvertError("FRAME_INVALID", `Cannot keep connection to ${where}: it sent an empty message`);
}

function failed(cause: unknown): CulvertError {
  return new CulvertError("INTERNAL", "Cannot deliver frame: its receiver failed", { cause });
}
