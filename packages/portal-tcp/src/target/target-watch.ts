import type { CulvertError, HostPort } from "@x/core";
import type { Carrier } from "@x/stream/inner";
import { targetCheckMs } from "../limits.js";
import { connectTarget, type TargetOptions } from "./target-socket.js";

/** How to watch a target. */
export interface TargetWatchOptions extends Pick<TargetOptions, "timeoutMs" | "reading"> {
  readonly place: HostPort;
  /** Time between two looks at a target that is up, in milliseconds; infinite: it is not looked at. */
  readonly checkIntervalMs: number;
  /** Told when the state changes. */
  readonly onChange: () => void;
}

/**
 * Knows whether a target takes connections: from those of visitors, and, once one failed, by connecting to it until it takes one.
 * A target that nobody visits is left alone, as it may take each connection for a visitor, unless an interval is given.
 */
export class TargetWatch {
  #options: TargetWatchOptions;
  /** Streams of inlets that wait for the target. */
  readonly #waiting = new Set<Carrier>();
  #state: "up" | "down" = "up";
  #since: number = Date.now();
  #attempts = 0;
  #lastFailure: CulvertError | undefined;
  #timer: NodeJS.Timeout | undefined;
  #nextAttemptAt: number | undefined;
  #giveUp: (() => void) | undefined;
  #isClosed = false;

  constructor(options: TargetWatchOptions) {
    this.#options = options;
    this.#lookLater(options.checkIntervalMs);
  }

  /** Whether the target took the last connection, as far as anybody tried. */
  get state(): "up" | "down" {
    return this.#state;
  }

  /** Since when it is in that state, in milliseconds since 1970. */
  get since(): number {
    return this.#since;
  }

  /** Connections that failed since it is down; 0 while it is up. */
  get attempts(): number {
    return this.#attempts;
  }

  /** When it is tried again, in milliseconds since 1970; nothing while it is up, and while it is being tried. */
  get nextAttemptAt(): number | undefined {
    return this.#state === "down" ? this.#nextAttemptAt : undefined;
  }

  /** Why the last connection that failed did. */
  get lastFailure(): CulvertError | undefined {
    return this.#lastFailure;
  }

  /** The target took a connection. */
  connected(): void {
    this.#attempts = 0;
    if (this.#state === "up") return;
    this.#become("up");
    for (const stream of this.#waiting) stream.end();
    this.#waiting.clear();
    this.#lookLater(this.#options.checkIntervalMs);
  }

  /** The target took no connection. */
  failed(error: CulvertError): void {
    this.#lastFailure = error;
    this.#attempts++;
    if (this.#state === "up") this.#become("down");
    if (this.#giveUp === undefined) this.#lookLater(targetCheckMs);
  }

  /** A connection of the target broke: perhaps it is gone. */
  suspect(): void {
    if (this.#state === "up" && this.#giveUp === undefined) this.#lookLater(0);
  }

  /** Ends a stream when the target takes connections, as far as is known. */
  tell(stream: Carrier): void {
    if (this.#state === "down") this.#waiting.add(stream);
    // Not before it is attached.
    else queueMicrotask(() => stream.end());
  }

  /** The stream needs no telling any more. */
  forget(stream: Carrier): void {
    this.#waiting.delete(stream);
  }

  /** The target is another one now. Where the former was down, it is looked at at once. */
  watchOther(
    place: HostPort,
    {
      connectTimeoutMs,
      checkIntervalMs,
    }: { readonly connectTimeoutMs: number; readonly checkIntervalMs: number },
  ): void {
    this.#options = { ...this.#options, place, timeoutMs: connectTimeoutMs, checkIntervalMs };
    this.#giveUp?.();
    this.#giveUp = undefined;
    this.#lookLater(this.#state === "down" ? 0 : this.#options.checkIntervalMs);
  }

  /** Looks no more. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#giveUp?.();
  }

  #become(state: "up" | "down"): void {
    this.#state = state;
    this.#since = Date.now();
    this.#options.onChange();
  }

  #lookLater(delayMs: number): void {
    clearTimeout(this.#timer);
    if (this.#isClosed || delayMs === Number.POSITIVE_INFINITY) return;
    this.#nextAttemptAt = Date.now() + delayMs;
    this.#timer = setTimeout(() => this.#look(), delayMs).unref();
  }

  #look(): void {
    const { place, timeoutMs, reading, checkIntervalMs } = this.#options;
    this.#nextAttemptAt = undefined;
    this.#giveUp = connectTarget(place, {
      timeoutMs,
      reading,
      onConnected: (socket) => {
        this.#giveUp = undefined;
        socket.destroy();
        this.connected();
        this.#lookLater(checkIntervalMs);
      },
      onFailed: (error) => {
        this.#giveUp = undefined;
        this.failed(error);
      },
    });
  }
}
