import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { resetSocket } from "../harness/clients.js";
import { randomPool } from "../harness/random.js";
import { onTrueEnd } from "../harness/true-end.js";

/** Something that happened on one side of a stream, and when, in milliseconds. */
export interface StreamEvent {
  readonly at: number;
  readonly what: string;
}

/** How a visitor ends its stream before its time: by a reset, or by closing its socket and walking away. */
export type Quit = "reset" | "leave";

/** What one side of a stream did and saw. Times in milliseconds. */
export interface SideRecord {
  readonly openedAt: number;
  readonly closedAt: number | undefined;
  readonly sentBytes: number;
  /** It ended its direction in good order. */
  readonly sentEnd: boolean;
  readonly receivedBytes: number;
  /** When the other direction came to an end that looks good; nothing when it did not. */
  readonly receivedEndAt: number | undefined;
  /** The offset of the first byte that is not what was sent. */
  readonly wrongAt: number | undefined;
  /** The system's code for how the socket broke. */
  readonly failure: string | undefined;
  /** How it ended the stream itself, before its time. */
  readonly quit: Quit | "aborted" | undefined;
}

/** One direction's content as one side sends it. */
export interface Sending {
  readonly seed: number;
  readonly length: number;
  readonly pace: Pace;
  /** After so many bytes it pauses once, for so long. Default: never. */
  readonly pauseAt?: number;
  readonly pauseMs?: number;
}

/** Bytes per write. 64 KiB: what most programs write at once. */
const pieceBytes = 65_536;

/** What may be sent at once after a quiet time, in milliseconds of the pace. */
const burstMs = 50;

/** Keeps all senders together below a number of bytes a second. Time in which nobody sent is not caught up with. */
export class Pace {
  readonly #bytesPerMs: number;
  #paidUntil = 0;

  constructor(bytesPerSecond: number) {
    this.#bytesPerMs = bytesPerSecond / 1_000;
  }

  /** Resolves when so many bytes may be sent. */
  async take(bytes: number): Promise<void> {
    const now = performance.now();
    this.#paidUntil = Math.max(this.#paidUntil, now - burstMs) + bytes / this.#bytesPerMs;
    if (this.#paidUntil > now + 1) await sleep(this.#paidUntil - now);
  }
}

/**
 * What a direction carries from an offset on: as many bytes as asked for, or fewer.
 * Every direction reads a fixed pool of random bytes from another place, so the byte at each offset is known without keeping anything.
 */
export function contentAt(seed: number, offset: number, length: number): Buffer {
  const from = (seed + offset) % randomPool.length;
  return randomPool.subarray(from, from + length);
}

/** Where bytes that came at an offset differ from what was sent; nothing when they do not. */
export function firstDifference(seed: number, offset: number, bytes: Buffer): number | undefined {
  for (let done = 0; done < bytes.length; ) {
    const expected = contentAt(seed, offset + done, bytes.length - done);
    const part = bytes.subarray(done, done + expected.length);
    if (!expected.equals(part)) return offset + done + part.findIndex((byte, at) => byte !== expected[at]);
    done += expected.length;
  }
  return undefined;
}

/** One side of a stream: sends and checks content, and writes down what happens. */
export class Side implements SideRecord {
  readonly openedAt: number;
  closedAt: number | undefined;
  sentBytes = 0;
  sentEnd = false;
  receivedBytes = 0;
  receivedEndAt: number | undefined;
  wrongAt: number | undefined;
  failure: string | undefined;
  quit: Quit | "aborted" | undefined;
  readonly events: StreamEvent[] = [];
  readonly socket: Socket;
  /** When bytes arrived, as of `performance.now`. */
  readonly #arrivals: number[] = [];
  readonly #now: () => number;
  #isStopping = false;
  /** When something happened last. */
  movedAt: number;
  /** Told when the other direction came to an end that looks good. */
  onEnd: () => void = () => {};

  constructor(socket: Socket, now: () => number) {
    this.socket = socket;
    this.#now = now;
    this.openedAt = now();
    this.movedAt = this.openedAt;
    socket.on("error", (error: NodeJS.ErrnoException) => {
      this.failure ??= error.code ?? error.message;
      this.note(`broke: ${this.failure}`);
    });
    onTrueEnd(socket, () => {
      this.receivedEndAt = now();
      this.note(`received the end after ${this.receivedBytes} bytes`);
      this.onEnd();
    });
    socket.on("close", () => {
      this.closedAt = now();
      this.note("closed");
    });
  }

  note(what: string): void {
    this.movedAt = this.#now();
    this.events.push({ at: Math.round(this.movedAt), what });
  }

  /** Sends content as fast as pace and socket let it. Resolves when all is written, after `stop`, or when the socket is closed. */
  async send({ seed, length, pace, pauseAt = 0, pauseMs = 0 }: Sending): Promise<void> {
    let pausesStill = pauseMs > 0;
    for (let sent = 0; sent < length && this.socket.writable && !this.#isStopping; ) {
      if (pausesStill && sent >= pauseAt) {
        pausesStill = false;
        this.note(`pauses for ${pauseMs} ms`);
        await sleep(pauseMs);
      }
      const piece = contentAt(seed, sent, Math.min(pieceBytes, length - sent));
      await pace.take(piece.length);
      if (!this.socket.writable) return;
      sent += piece.length;
      await this.write(piece);
    }
  }

  /** Hands bytes to the socket; resolves when more may follow, or it is closed. */
  async write(bytes: Buffer): Promise<void> {
    this.sentBytes += bytes.length;
    this.movedAt = this.#now();
    if (this.socket.write(bytes)) return;
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        this.socket.off("drain", settle).off("close", settle);
        resolve();
      };
      this.socket.on("drain", settle).on("close", settle);
    });
  }

  /** Takes bytes that came, and checks them if they are content: those at an offset of it. */
  receive(bytes: Buffer, content?: { readonly seed: number; readonly offset: number }): void {
    this.receivedBytes += bytes.length;
    this.#arrivals.push(performance.now());
    this.movedAt = this.#now();
    if (content === undefined || this.wrongAt !== undefined) return;
    this.wrongAt = firstDifference(content.seed, content.offset, bytes);
    if (this.wrongAt !== undefined) this.note(`byte ${this.wrongAt} is not what was sent`);
  }

  /** Ends its direction. */
  end(): void {
    if (!this.socket.writable) return;
    this.sentEnd = true;
    this.note(`ends its direction after ${this.sentBytes} bytes`);
    this.socket.end();
  }

  /** Sends no more. */
  stop(): void {
    this.#isStopping = true;
  }

  /** Ends the stream before its time. `leave` closes the socket, everything else resets it. */
  quitBy(how: Quit | "aborted"): void {
    if (this.socket.destroyed || this.quit !== undefined) return;
    this.quit = how;
    this.note(`${how} after ${this.sentBytes} bytes sent and ${this.receivedBytes} received`);
    if (how === "leave") this.socket.destroy();
    else resetSocket(this.socket);
  }

  /** The first arrival after this time, as of `performance.now`; Infinity when there was none. */
  arrivalAfter(time: number): number {
    return this.#arrivals.find((arrival) => arrival > time) ?? Infinity;
  }

  /** The longest time without an arrival since then, in milliseconds. */
  longestPauseSince(time: number): number {
    const arrivals = [time, ...this.#arrivals.filter((arrival) => arrival > time)];
    return Math.max(0, ...arrivals.map((arrival, index) => arrival - (arrivals[index - 1] ?? arrival)));
  }
}
