import { type Connection, type ConnectionHandlers, CulvertError, type Release } from "@x/core";
import type { BudgetShare } from "../bounds/fair-budget.js";
import { tooMuchPartial, tooMuchUnread } from "../bounds/too-much.js";
import { cutOff, dead, incomplete } from "../connection-error.js";
import { Pulse, type PulseTarget, pulseTimes } from "../life/pulse.js";
import type { Ticking } from "../life/ticker.js";
import { stuckTimeoutMs } from "../limits.js";
import { atEndOfTurn, nextTurn } from "../platform.js";
import type { TransportShares } from "../transport-shares.js";
import type { ByteStream } from "./byte-stream.js";
import { goodbyeFrame, goodbyeKind, pingFrame, pingKind, pongFrame } from "./control.js";
import type { FrameReader } from "./frame-reader.js";
import { FrameWriter } from "./frame-writer.js";
import type { Hello } from "./hello.js";
import type { StreamSettings } from "./stream-settings.js";

/** A stream whose handshake is done. */
export interface ShakenStream {
  readonly stream: ByteStream;
  readonly reader: FrameReader;
  /** What the peer said. */
  readonly peer: Hello;
}

/** One connection over a stream of bytes whose handshake is done. */
export class StreamConnection implements Connection, Ticking {
  readonly localWhere: string;
  readonly remoteWhere: string;
  readonly #stream: ByteStream;
  readonly #reader: FrameReader;
  readonly #writer: FrameWriter;
  readonly #pulse: Pulse;
  readonly #shared: TransportShares;
  /** What this connection holds in an incomplete frame. */
  readonly #partial: BudgetShare;
  /** What this connection holds to be sent. */
  readonly #unsent: BudgetShare;
  #takenMark = 0;
  #stuckTicks = 0;
  readonly #settings: StreamSettings;
  #state: "open" | "closing" | "closed" = "open";
  #handlers: ConnectionHandlers | undefined;
  #reason: CulvertError | undefined;
  #closing: Promise<void> | undefined;
  #pongDue = false;

  constructor({ stream, reader, peer }: ShakenStream, settings: StreamSettings, shared: TransportShares) {
    this.#stream = stream;
    this.#reader = reader;
    this.#settings = settings;
    this.#shared = shared;
    this.#partial = shared.partial.joinWhole(stream.source, () =>
      this.#finish(tooMuchPartial(this.remoteWhere, shared.partial.maxBytes)),
    );
    this.localWhere = stream.localWhere;
    this.remoteWhere = stream.remoteWhere;
    const maxFrameBytes = Math.min(settings.maxFrameBytes, peer.maxFrameBytes);
    this.#unsent = shared.unsent.joinWhole(stream.source, () =>
      this.#finish(tooMuchUnread(this.remoteWhere, shared.unsent.maxBytes)),
    );
    this.#writer = new FrameWriter(stream, { ...settings, maxFrameBytes }, this.#unsent);
    this.#pulse = new Pulse(this.#pulseTarget(), pulseTimes(settings, peer.deadPeerMs, shared.ticker.tickMs));
    shared.ticker.add(this);
    // The handshake read until now.
    stream.read(reader, (error) => this.#lose(error));
  }

  start(handlers: ConnectionHandlers): void {
    this.#handlers = handlers;
    if (this.#state !== "open") {
      nextTurn(() => handlers.onClose(this.#reason));
      return;
    }
    this.#reader.start({
      onFrame: handlers.onFrame,
      onControl: (kind) => this.#onControl(kind),
      onResume: () => this.#stream.resume(),
      onFail: (error) => this.#finish(error),
    });
  }

  send(parts: readonly Uint8Array[], release?: Release): Promise<void> | undefined {
    if (this.#state !== "open") {
      throw new CulvertError(
        "CONNECTION_CLOSED",
        `Cannot send frame to ${this.remoteWhere}: the connection is closed`,
      );
    }
    return this.#writer.send(parts, release);
  }

  close(): Promise<void> {
    this.#closing ??= this.#state === "open" ? this.#closeInOrder() : Promise.resolve();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  tick(late: boolean): void {
    this.#pulse.tick(late);
    this.#reader.tick(late);
    this.#writer.trim();
    this.#watchPartial();
    this.#watchUnsent();
  }

  /** Whoever takes more than an even part of memory that is short, and reads nothing, has to go. */
  #watchUnsent(): void {
    if (!this.#unsent.isSpent) {
      this.#stuckTicks = 0;
      return;
    }
    const { takenMark } = this.#stream;
    this.#stuckTicks = takenMark === this.#takenMark ? this.#stuckTicks + 1 : 0;
    this.#takenMark = takenMark;
    if (this.#stuckTicks * this.#shared.ticker.tickMs < stuckTimeoutMs) return;
    this.#finish(tooMuchUnread(this.remoteWhere, this.#shared.unsent.maxBytes));
  }

  /** A frame that stays incomplete holds memory: not for ever, and not more than the budget of all. */
  #watchPartial(): void {
    const { partialBytes, partialTicks } = this.#reader;
    const { frameTimeoutMs } = this.#settings;
    if (partialTicks * this.#shared.ticker.tickMs >= frameTimeoutMs) {
      this.#finish(incomplete(this.remoteWhere, frameTimeoutMs));
      return;
    }
    this.#partial.set(partialBytes);
  }

  async #closeInOrder(): Promise<void> {
    this.#state = "closing";
    this.#shared.ticker.remove(this);
    this.#reader.stop();
    this.#writer.sendControl(goodbyeFrame);
    await this.#stream.close(this.#settings.closeTimeoutMs);
    this.#finish(undefined);
  }

  #lose(error: CulvertError | undefined): void {
    if (this.#state === "open") this.#finish(error ?? cutOff(this.remoteWhere));
  }

  #onControl(kind: number): void {
    if (kind === goodbyeKind) this.#finish(undefined);
    else if (kind === pingKind && !this.#pongDue) {
      this.#pongDue = true;
      atEndOfTurn(this.#sendPong);
    }
  }

  /** One pong answers all pings of a turn, and none is queued behind data, which is a sign of life itself. */
  readonly #sendPong = (): void => {
    this.#pongDue = false;
    this.#sendLife(pongFrame);
  };

  #sendLife(frame: Uint8Array): void {
    if (this.#state === "open" && this.#writer.isEmpty) this.#writer.sendControl(frame);
  }

  #pulseTarget(): PulseTarget {
    return {
      ear: this.#reader,
      mouth: this.#writer,
      isDeaf: () => this.#reader.paused,
      sendPing: () => this.#sendLife(pingFrame),
      onDead: () => this.#finish(dead(this.remoteWhere, this.#settings.deadPeerMs)),
    };
  }

  /** Ends the connection. The first reason counts. */
  #finish(reason: CulvertError | undefined): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#reason = reason;
    this.#partial.leave();
    this.#shared.ticker.remove(this);
    this.#reader.stop();
    this.#writer.drop();
    this.#stream.destroy();
    this.#handlers?.onClose(reason);
  }
}
