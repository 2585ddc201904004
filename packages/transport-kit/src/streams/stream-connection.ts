import type { Socket } from "node:net";
import { type Connection, type ConnectionHandlers, CulvertError, type Release } from "@x/core";
import { goodbyeFrame, goodbyeKind, pingFrame, pingKind, pongFrame } from "./control.js";
import type { BudgetShare } from "./fair-budget.js";
import type { FrameReader } from "./frame-reader.js";
import { FrameWriter } from "./frame-writer.js";
import type { Hello } from "./hello.js";
import { minAskedPingMs, minPingIntervalMs } from "./limits.js";
import { Pulse, type PulseTimes } from "./pulse.js";
import type { TcpSettings } from "./settings.js";
import type { SocketLink } from "./socket-link.js";
import { systemError } from "./system-error.js";
import type { TcpShares } from "./tcp-shares.js";
import type { Ticking } from "./ticker.js";
import { formatWhere } from "./where.js";

/** A link whose handshake is done. */
export interface ShakenLink extends SocketLink {
  /** What the peer said. */
  readonly peer: Hello;
  /** The place as it was dialled. Default: the peer's address. */
  readonly where?: string;
}

/** One TCP connection whose handshake is done. */
export class TcpConnection implements Connection, Ticking {
  readonly localWhere: string;
  readonly remoteWhere: string;
  readonly #socket: Socket;
  readonly #reader: FrameReader;
  readonly #writer: FrameWriter;
  readonly #pulse: Pulse;
  readonly #shared: TcpShares;
  /** What this connection holds in an incomplete frame. */
  readonly #partial: BudgetShare;
  #partialBytes = 0;
  readonly #settings: TcpSettings;
  #state: "open" | "closing" | "closed" = "open";
  #handlers: ConnectionHandlers | undefined;
  #reason: CulvertError | undefined;
  #closing: Promise<void> | undefined;
  #pongDue = false;

  constructor(link: ShakenLink, settings: TcpSettings, shared: TcpShares) {
    const { socket, reader, peer } = link;
    this.#socket = socket;
    this.#reader = reader;
    this.#settings = settings;
    this.#shared = shared;
    this.#partial = shared.partial.join(socket.remoteAddress ?? "", {
      giveUpOldest: () => this.#giveUpPartial(),
    });
    this.localWhere = formatWhere(socket.localAddress ?? "", socket.localPort ?? 0);
    this.remoteWhere = link.where ?? formatWhere(socket.remoteAddress ?? "", socket.remotePort ?? 0);
    const maxFrameBytes = Math.min(settings.maxFrameBytes, peer.maxFrameBytes);
    this.#writer = new FrameWriter(socket, { ...settings, maxFrameBytes });
    this.#pulse = new Pulse(this.#pulseTarget(), pulseTimes(settings, peer, shared.ticker.tickMs));
    this.#watchSocket();
    shared.ticker.add(this);
  }

  start(handlers: ConnectionHandlers): void {
    this.#handlers = handlers;
    if (this.#state !== "open") {
      setImmediate(() => handlers.onClose(this.#reason));
      return;
    }
    this.#reader.start({
      onFrame: handlers.onFrame,
      onControl: (kind) => this.#onControl(kind),
      onResume: () => this.#socket.resume(),
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
  }

  /** A frame that stays incomplete holds memory: not for ever, and not more than the budget of all. */
  #watchPartial(): void {
    const { partialBytes, partialTicks } = this.#reader;
    const { frameTimeoutMs } = this.#settings;
    if (partialTicks * this.#shared.ticker.tickMs >= frameTimeoutMs) {
      this.#finish(incomplete(this.remoteWhere, frameTimeoutMs));
      return;
    }
    const more = partialBytes - this.#partialBytes;
    this.#partialBytes = partialBytes;
    if (more !== 0) this.#partial.add(more);
  }

  #giveUpPartial(): boolean {
    if (this.#partialBytes === 0 || this.#state === "closed") return false;
    this.#finish(tooMuchPartial(this.remoteWhere, this.#shared.partial.maxBytes));
    return true;
  }

  async #closeInOrder(): Promise<void> {
    this.#state = "closing";
    this.#shared.ticker.remove(this);
    this.#reader.stop();
    this.#writer.sendControl(goodbyeFrame);
    const socket = this.#socket;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => socket.destroy(), this.#settings.closeTimeoutMs);
      socket.once("close", () => {
        clearTimeout(timer);
        resolve();
      });
      // Reads on until the peer ends too: closing with unread bytes would reset the connection and lose what was sent.
      socket.resume();
      socket.end();
    });
    this.#finish(undefined);
  }

  #watchSocket(): void {
    const socket = this.#socket;
    const lost = (reason: CulvertError): void => {
      if (this.#state === "open") this.#finish(reason);
    };
    socket.on("error", (error) => lost(systemError(error, `keep connection to ${this.remoteWhere}`)));
    socket.on("end", () => lost(cutOff(this.remoteWhere)));
    socket.on("close", () => lost(cutOff(this.remoteWhere)));
    if (socket.destroyed) lost(cutOff(this.remoteWhere));
  }

  #onControl(kind: number): void {
    if (kind === goodbyeKind) this.#finish(undefined);
    else if (kind === pingKind && !this.#pongDue) {
      this.#pongDue = true;
      process.nextTick(this.#sendPong);
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

  #pulseTarget(): ConstructorParameters<typeof Pulse>[0] {
    return {
      takeHeard: () => {
        const { heard } = this.#reader;
        this.#reader.heard = false;
        return heard;
      },
      takeWrote: () => {
        const { wrote } = this.#writer;
        this.#writer.wrote = false;
        return wrote;
      },
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
    this.#socket.destroy();
    this.#handlers?.onClose(reason);
  }
}

function pulseTimes(settings: TcpSettings, peer: Hello, tickMs: number): PulseTimes {
  const ownMs = Math.min(settings.pingIntervalMs, settings.deadPeerMs / 3);
  const pingMs = Math.max(Math.min(ownMs, Math.max(peer.deadPeerMs / 3, minAskedPingMs)), minPingIntervalMs);
  return {
    pingTicks: Math.max(Math.floor(pingMs / tickMs), 1),
    deadTicks: Math.max(Math.floor(settings.deadPeerMs / tickMs) - 1, 1),
  };
}

function incomplete(where: string, limitMs: number): CulvertError {
  return new CulvertError(
    "CONNECTION_TIMED_OUT",
    `Cannot keep connection to ${where}: the peer did not finish a frame within ${limitMs} ms`,
  );
}

function tooMuchPartial(where: string, limitBytes: number): CulvertError {
  return new CulvertError(
    "CONNECTION_LIMIT_EXCEEDED",
    `Cannot keep connection to ${where}: incomplete frames hold ${limitBytes} bytes, and most of them come from its host`,
  );
}

function cutOff(where: string): CulvertError {
  return new CulvertError(
    "CONNECTION_RESET",
    `Cannot keep connection to ${where}: the peer ended it without a goodbye`,
  );
}

function dead(where: string, silentMs: number): CulvertError {
  return new CulvertError(
    "PEER_DEAD",
    `Cannot keep connection to ${where}: the peer was silent for ${silentMs} ms`,
  );
}
