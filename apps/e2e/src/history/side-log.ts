import { createHash, type Hash } from "node:crypto";
import type { Socket } from "node:net";
import { resetSocket } from "../harness/reset-socket.js";
import { onTrueEnd } from "../harness/true-end.js";
import { noteEveryBytes } from "./limits.js";
import type { Quit } from "./stream-plan.js";

/** Something that happened on one side of a stream. */
export interface StreamEvent {
  /** Milliseconds since the run began. */
  readonly at: number;
  readonly what: string;
}

/** What one side of a stream did and saw. Times in milliseconds since the run began; hashes are the beginning of a SHA-256, in hex. */
export interface SideRecord {
  readonly openedAt: number;
  readonly closedAt: number | undefined;
  readonly sentBytes: number;
  readonly sentHash: string;
  /** It ended its direction in good order. */
  readonly sentEnd: boolean;
  readonly receivedBytes: number;
  readonly receivedHash: string;
  /** When the other direction came to an end that looks good; nothing when it did not. */
  readonly receivedEndAt: number | undefined;
  /** The offset of the first byte that is not what was sent. */
  readonly wrongAt: number | undefined;
  /** The system's code for how the socket broke. */
  readonly failure: string | undefined;
  /** How it ended the stream itself, before its time. */
  readonly quit: Quit | "aborted" | undefined;
  readonly events: readonly StreamEvent[];
}

const hashDigits = 16;

/** Writes down one side of a stream as it happens. */
export class SideLog implements SideRecord {
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
  readonly #now: () => number;
  readonly #sent: Hash = createHash("sha256");
  readonly #received: Hash = createHash("sha256");
  readonly #onProgress: () => void;
  #onEnd: () => void = () => {};

  /** @param now milliseconds since the run began */
  constructor(socket: Socket, now: () => number, onProgress: () => void) {
    this.socket = socket;
    this.#now = now;
    this.#onProgress = onProgress;
    this.openedAt = now();
    socket.on("error", (error: NodeJS.ErrnoException) => {
      this.failure ??= error.code ?? error.message;
      this.note(`broke: ${this.failure}`);
    });
    onTrueEnd(socket, () => {
      this.receivedEndAt = now();
      this.note(`received the end after ${this.receivedBytes} bytes, hash ${this.receivedHash}`);
      this.#onEnd();
    });
    socket.on("close", () => {
      this.closedAt = now();
      this.note("closed");
    });
  }

  get sentHash(): string {
    return shortDigest(this.#sent);
  }

  get receivedHash(): string {
    return shortDigest(this.#received);
  }

  /** Has a function called when the other direction came to an end that looks good. */
  whenEnded(listener: () => void): void {
    this.#onEnd = listener;
  }

  note(what: string): void {
    this.events.push({ at: Math.round(this.#now()), what });
    this.#onProgress();
  }

  /** Bytes are handed to the socket. */
  sending(bytes: Buffer): void {
    const isNoted = crosses(this.sentBytes, bytes.length);
    this.#sent.update(bytes);
    this.sentBytes += bytes.length;
    this.#onProgress();
    if (isNoted) this.note(`sent ${this.sentBytes} bytes, hash ${this.sentHash}`);
  }

  /** This side ends its direction. */
  ending(): void {
    this.sentEnd = true;
    this.note(`ends its direction after ${this.sentBytes} bytes, hash ${this.sentHash}`);
    this.socket.end();
  }

  /** Bytes came. */
  receiving(bytes: Buffer): void {
    const isNoted = crosses(this.receivedBytes, bytes.length);
    this.#received.update(bytes);
    this.receivedBytes += bytes.length;
    this.#onProgress();
    if (isNoted) this.note(`received ${this.receivedBytes} bytes, hash ${this.receivedHash}`);
  }

  /** Ends the stream before its time. `leave` closes the socket, everything else resets it. */
  quitBy(how: Quit | "aborted"): void {
    if (this.socket.destroyed || this.quit !== undefined) return;
    this.quit = how;
    this.note(`${how} after ${this.sentBytes} bytes sent and ${this.receivedBytes} received`);
    if (how === "leave") this.socket.destroy();
    else resetSocket(this.socket);
  }
}

/** The first bytes of each direction are noted, and then every few MiB. */
function crosses(before: number, more: number): boolean {
  return Math.ceil(before / noteEveryBytes) !== Math.ceil((before + more) / noteEveryBytes);
}

function shortDigest(hash: Hash): string {
  return hash.copy().digest("hex").slice(0, hashDigits);
}
