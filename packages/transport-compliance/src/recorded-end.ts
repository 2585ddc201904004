import assert from "node:assert/strict";
import type { Connection, CulvertError, Release } from "@x/core";
import type { ComplianceLimits } from "./subject.js";
import { within } from "./within.js";

/** What a recorded end does with each frame, beside keeping it. */
export type FrameReaction = (frame: Uint8Array, release?: Release) => Promise<void> | undefined;

/** One end of a connection under test, with everything that happened at it. */
export class RecordedEnd {
  readonly connection: Connection;
  /** Copies of what was sent, also of what was not accepted. */
  readonly sent: Uint8Array[] = [];
  /** What arrived, uncopied. */
  readonly frames: Uint8Array[] = [];
  /** The reasons of `onClose`, one for each call. */
  readonly closes: (CulvertError | undefined)[] = [];
  /** Frames that came after `onClose`. */
  framesAfterClose = 0;
  readonly #limits: ComplianceLimits;
  #wake: (() => void)[] = [];
  #busy: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;

  constructor(connection: Connection, limits: ComplianceLimits) {
    this.connection = connection;
    this.#limits = limits;
  }

  /** Starts the connection. */
  start(reaction?: FrameReaction): this {
    this.connection.start({
      onFrame: (frame, release) => {
        if (this.closes.length > 0) this.framesAfterClose += 1;
        this.frames.push(frame);
        this.#wakeAll();
        return reaction?.(frame, release) ?? this.#busy?.promise;
      },
      onClose: (reason) => {
        this.closes.push(reason);
        this.#wakeAll();
      },
    });
    return this;
  }

  /** Is busy with each frame from now on, until `goOn`. */
  stall(): void {
    let resolve: () => void = () => {};
    const promise = new Promise<void>((settle) => {
      resolve = settle;
    });
    this.#busy = { promise, resolve };
  }

  /** Ends `stall`. */
  goOn(): void {
    this.#busy?.resolve();
    this.#busy = undefined;
  }

  /** Sends a frame and waits until there is room again. */
  async send(...parts: readonly Uint8Array[]): Promise<void> {
    this.sent.push(Buffer.concat(parts));
    const room = this.connection.send(parts);
    if (room !== undefined) await within(this.#limits.waitMs, "room after send()", room);
  }

  /** Sends without waiting, and without caring what happens. */
  sendCarelessly(...parts: readonly Uint8Array[]): void {
    this.sent.push(Buffer.concat(parts));
    try {
      void this.connection.send(parts);
    } catch {
      // A connection that is closing or full may refuse.
    }
  }

  /** Resolves when `isDone` says so; it is asked after each frame and close. */
  async until(what: string, isDone: () => boolean, limitMs: number = this.#limits.waitMs): Promise<void> {
    const tooLate = performance.now() + limitMs;
    while (!isDone()) {
      const leftMs = Math.max(0, tooLate - performance.now());
      await within(leftMs, what, new Promise<void>((resolve) => this.#wake.push(resolve)));
    }
  }

  /** Resolves when so many frames arrived in all. */
  async untilFrames(count: number): Promise<void> {
    try {
      await this.until("arrival", () => this.frames.length >= count);
    } catch {
      assert.fail(`${this.frames.length} of ${count} frames arrived within ${this.#limits.waitMs} ms`);
    }
  }

  /** Resolves with the reason when `onClose` was called. */
  async untilClosed(limitMs?: number): Promise<CulvertError | undefined> {
    await this.until("onClose", () => this.closes.length > 0, limitMs);
    return this.closes[0];
  }

  /** Checks what holds for every connection, at any time. */
  checkPromises(): void {
    assert.ok(this.closes.length <= 1, `onClose was called ${this.closes.length} times`);
    assert.equal(this.framesAfterClose, 0, "frames arrived after onClose");
  }

  #wakeAll(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}
