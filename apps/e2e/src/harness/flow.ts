import { createHash, randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { onTrueEnd } from "./true-end.js";

/** Bytes per write. */
const blockBytes = 32_768;

/** Random bytes to cut blocks from. Its length is a prime, so that no block comes again for long and a swapped one shows. */
const pool = randomBytes(1_000_003);

/** Time between two looks at what is due, in milliseconds. */
const tickMs = 10;

/** How fast a flow is poured, and how much. */
export interface FlowSpeed {
  readonly bytesPerSecond: number;
  /** The flow ends here, rounded up to whole blocks. Default: not by itself. */
  readonly maxBytes?: number;
}

/** One direction of a transfer whose both ends are in this process: counted, timed and compared by SHA-256. */
export class Flow {
  sentBytes = 0;
  receivedBytes = 0;
  /** The direction came to its end in good order, as its receiver saw it. */
  hasEnded = false;
  readonly #sent = createHash("sha256");
  readonly #received = createHash("sha256");
  /** When bytes arrived, in milliseconds as of `performance.now`. */
  readonly #arrivals: number[] = [];
  #isStopping = false;

  /** Writes at about this speed, never to catch up after a pause, until `stop` or the limit. Then it ends the socket's direction. */
  pour(socket: Socket, { bytesPerSecond, maxBytes = Infinity }: FlowSpeed): void {
    const perTick = (bytesPerSecond * tickMs) / 1_000;
    let due = 0;
    const timer = setInterval(() => {
      due = Math.min(due + perTick, 8 * blockBytes);
      while (due >= blockBytes && this.sentBytes < maxBytes && !socket.writableNeedDrain) {
        due -= blockBytes;
        this.#write(socket);
      }
      if (!this.#isStopping && this.sentBytes < maxBytes) return;
      clearInterval(timer);
      socket.end();
    }, tickMs);
    socket.once("close", () => clearInterval(timer));
  }

  /** Takes what arrives. Resolves when the direction ends in good order, and rejects when the socket is reset. */
  async drain(socket: Socket): Promise<void> {
    // No iterator: at the end of this direction it would destroy the socket, and the other direction with it.
    socket.on("data", (chunk: Buffer) => {
      this.receivedBytes += chunk.length;
      this.#received.update(chunk);
      this.#arrivals.push(performance.now());
    });
    await new Promise<void>((resolve, reject) => {
      onTrueEnd(socket, resolve);
      socket.once("error", reject);
      socket.once("close", () => reject(new Error("the socket was closed without an end")));
    });
    this.hasEnded = true;
  }

  /** No more is written. */
  stop(): void {
    this.#isStopping = true;
  }

  /** The first arrival after this time. */
  arrivalAfter(time: number): number | undefined {
    return this.#arrivals.find((arrival) => arrival > time);
  }

  /** The longest time without an arrival since then, in milliseconds. */
  longestPauseSince(time: number): number {
    const arrivals = [time, ...this.#arrivals.filter((arrival) => arrival > time)];
    return Math.max(0, ...arrivals.map((arrival, index) => arrival - (arrivals[index - 1] ?? arrival)));
  }

  /** Everything that was sent has come, unchanged and in order. Only meaningful after both ends are over. */
  isExact(): boolean {
    return this.sentBytes === this.receivedBytes && this.#sent.digest("hex") === this.#received.digest("hex");
  }

  #write(socket: Socket): void {
    const start = this.sentBytes % (pool.length - blockBytes);
    const block = pool.subarray(start, start + blockBytes);
    this.sentBytes += block.length;
    this.#sent.update(block);
    socket.write(block);
  }
}
