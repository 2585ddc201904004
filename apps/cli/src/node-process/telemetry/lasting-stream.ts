import { Writable } from "node:stream";

export interface LastingStreamOptions {
  /** Opens the stream that is written to, at the first write and again after it failed. */
  readonly open: () => Writable;
  /** Shortest time from a failure to the next attempt, in milliseconds. */
  readonly pauseMs: number;
  /** Told after a failure, once something was written again: how many pieces were lost. */
  readonly onHealed: (lost: number) => void;
}

/** A stream that outlives the one it writes to: what that cannot take is lost, and it is opened again. It never fails itself. */
export class LastingStream extends Writable {
  readonly #options: LastingStreamOptions;
  #target: Writable | undefined;
  #failedAt = Number.NEGATIVE_INFINITY;
  #lost = 0;

  constructor(options: LastingStreamOptions) {
    super({ decodeStrings: false });
    this.#options = options;
  }

  override _write(chunk: Buffer | string, _encoding: BufferEncoding, done: () => void): void {
    const target = this.#current();
    if (target === undefined) {
      this.#lost++;
      done();
      return;
    }
    target.write(chunk, (error) => {
      if (error) this.#fail(target);
      if (error) this.#lost++;
      else this.#heal();
      done();
    });
  }

  override _final(done: () => void): void {
    if (this.#target === undefined) done();
    else this.#target.once("close", done).end();
  }

  #current(): Writable | undefined {
    if (this.#target === undefined && performance.now() >= this.#failedAt + this.#options.pauseMs) {
      const target = this.#options.open();
      target.on("error", () => this.#fail(target));
      this.#target = target;
    }
    return this.#target;
  }

  #fail(target: Writable): void {
    if (this.#target !== target) return;
    this.#target = undefined;
    this.#failedAt = performance.now();
    target.destroy();
  }

  #heal(): void {
    const lost = this.#lost;
    this.#lost = 0;
    if (lost > 0) this.#options.onHealed(lost);
  }
}
