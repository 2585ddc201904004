import { type Connection, type ConnectionHandlers, CulvertError, checkFrame, type Release } from "@x/core";
import { Pulse, type PulseTarget, pulseTimes, type Ticking } from "@x/transport-kit";
import { Inbox } from "./sockets/inbox.js";
import { type SendDatagram, SendQueue } from "./sockets/send-queue.js";
import { type Datagram, encodeDatagram, kinds } from "./wire/datagram.js";
import type { Hello } from "./wire/hello.js";
import { Reassembly } from "./wire/reassembly.js";
import { splitFrame } from "./wire/split-frame.js";
import type { WireContext } from "./wire/wire-context.js";

/** How a connection's datagrams get to its peer. */
export interface DatagramPath {
  readonly localWhere: string;
  /** Where the peer is; changes when a NAT on the path maps it anew. */
  readonly remoteWhere: string;
  /** The host that the peer had first, as one source of load. */
  readonly source: string;
  readonly send: SendDatagram;
  /** Called once, when the connection needs the path no more. */
  release(): Promise<void>;
}

/** Longest token in a ping, in bytes. */
const maxTokenBytes = 8;

/** Most pongs that the system has not taken yet. */
const maxPongsInFlight = 8;

/** One connection whose handshake is done. Its owner gives it the datagrams that came for it. */
export class UdpConnection implements Connection, Ticking {
  readonly #id: string;
  readonly #path: DatagramPath;
  readonly #context: WireContext;
  readonly #maxFrameBytes: number;
  readonly #queue: SendQueue;
  readonly #inbox: Inbox;
  readonly #reassembly: Reassembly;
  readonly #pulse: Pulse;
  #state: "open" | "closing" | "closed" = "open";
  #handlers: ConnectionHandlers | undefined;
  #reason: CulvertError | undefined;
  #closing: Promise<void> | undefined;
  readonly #ear = { heard: false };
  #frameNumber = 0;
  #pongsInFlight = 0;

  constructor(id: string, path: DatagramPath, peer: Hello, context: WireContext) {
    const { settings, partial, unsent, counters, ticker } = context;
    const { source } = path;
    this.#id = id;
    this.#path = path;
    this.#context = context;
    this.#maxFrameBytes = Math.min(settings.maxFrameBytes, peer.maxFrameBytes);
    this.#queue = new SendQueue(path.send, settings, {
      budget: unsent,
      source,
      onLoss: () => void counters.unsent++,
    });
    this.#inbox = new Inbox({
      budget: partial,
      source,
      onFail: (error) => this.end(error),
      onLoss: () => void counters.overrun++,
    });
    this.#reassembly = new Reassembly(settings.maxFrameBytes, { budget: partial, counters, source });
    this.#pulse = new Pulse(this.#pulseTarget(), {
      ...pulseTimes(settings, peer.deadPeerMs, ticker.tickMs),
      isLossy: true,
    });
    ticker.add(this);
  }

  get localWhere(): string {
    return this.#path.localWhere;
  }

  get remoteWhere(): string {
    return this.#path.remoteWhere;
  }

  start(handlers: ConnectionHandlers): void {
    this.#handlers = handlers;
    if (this.#state === "closed") setImmediate(() => handlers.onClose(this.#reason));
    else if (this.#state === "open") this.#inbox.start(handlers.onFrame);
  }

  send(parts: readonly Uint8Array[], release?: Release): Promise<void> | undefined {
    if (this.#state !== "open") throw closed(this.remoteWhere);
    const bytes = checkFrame(parts, this.#maxFrameBytes);
    this.#queue.checkRoom();
    this.#frameNumber = (this.#frameNumber + 1) >>> 0;
    const { datagramBytes } = this.#context.settings;
    const datagrams = splitFrame(parts, bytes, { id: this.#id, number: this.#frameNumber, datagramBytes });
    release?.();
    return this.#queue.push(datagrams);
  }

  close(): Promise<void> {
    this.#closing ??= this.#state === "open" ? this.#closeInOrder() : Promise.resolve();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  tick(late: boolean): void {
    this.#reassembly.expire();
    this.#pulse.tick(late);
  }

  /** Takes a datagram of this connection. Never throws. */
  receive({ kind, body }: Datagram): void {
    if (this.#state !== "open") return;
    this.#ear.heard = true;
    if (kind === kinds.frame) this.#receiveFrame(body);
    else if (kind === kinds.fragment) this.#receiveFrame(this.#reassembly.add(body));
    else if (kind === kinds.ping) this.#answerPing(body);
    else if (kind === kinds.goodbye) this.end(undefined);
    else if (kind === kinds.unknown) this.end(forgotten(this.remoteWhere));
    else if (kind > kinds.fragment || kind === 0) this.#context.counters.malformed++;
  }

  /** Sends a ping now, to find out whether the peer is still there. */
  probe(): void {
    if (this.#state === "open") this.#path.send(encodeDatagram(kinds.ping, this.#id), () => {});
  }

  /** Ends the connection. The first reason counts. */
  end(reason: CulvertError | undefined): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#reason = reason;
    this.#context.ticker.remove(this);
    this.#inbox.stop();
    this.#reassembly.clear();
    this.#queue.release();
    void this.#path.release();
    this.#handlers?.onClose(reason);
  }

  async #closeInOrder(): Promise<void> {
    this.#state = "closing";
    this.#context.ticker.remove(this);
    this.#inbox.stop();
    await this.#flush();
    // Twice, because one may get lost; a peer that hears neither finds out by its pulse.
    const goodbye = encodeDatagram(kinds.goodbye, this.#id);
    this.#path.send(goodbye, () => {});
    await new Promise<void>((resolve) => this.#path.send(goodbye, resolve));
    this.end(undefined);
  }

  async #flush(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#context.settings.closeTimeoutMs);
    });
    await Promise.race([this.#queue.whenEmpty(), tooLate]);
    clearTimeout(timer);
  }

  #receiveFrame(frame: Buffer | undefined): void {
    if (frame === undefined) return;
    if (frame.length <= this.#context.settings.maxFrameBytes) this.#inbox.add(frame);
    else this.#context.counters.malformed++;
  }

  #answerPing(token: Buffer): void {
    if (token.length > maxTokenBytes || this.#pongsInFlight >= maxPongsInFlight) return;
    this.#pongsInFlight++;
    this.#path.send(encodeDatagram(kinds.pong, this.#id, token), () => {
      this.#pongsInFlight--;
    });
  }

  #pulseTarget(): PulseTarget {
    return {
      ear: this.#ear,
      mouth: this.#queue,
      sendPing: () => this.probe(),
      onDead: () => this.end(dead(this.remoteWhere, this.#context.settings.deadPeerMs)),
    };
  }
}

function closed(where: string): CulvertError {
  return new CulvertError("CONNECTION_CLOSED", `Cannot send frame to ${where}: the connection is closed`);
}

function forgotten(where: string): CulvertError {
  return new CulvertError(
    "CONNECTION_RESET",
    `Cannot keep connection to ${where}: the peer does not know it any more`,
  );
}

function dead(where: string, silentMs: number): CulvertError {
  return new CulvertError(
    "PEER_DEAD",
    `Cannot keep connection to ${where}: the peer was silent for ${silentMs} ms`,
  );
}
