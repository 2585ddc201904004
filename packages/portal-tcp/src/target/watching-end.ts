import type { Carrier, LocalEnd, OrderedBytes, ResetReason } from "@x/stream/inner";

/**
 * Both ends of a stream without a visitor, by which an inlet waits for the target of its outlet: the outlet ends it when the target
 * takes connections.
 */
export class WatchingEnd implements LocalEnd {
  readonly canDeliver = true;
  readonly #stream: Carrier;
  readonly #onEnd: (reason: ResetReason | undefined) => void;

  /** @param onEnd told when the other end ended it, or that it broke */
  constructor(stream: Carrier, onEnd: (reason: ResetReason | undefined) => void = () => {}) {
    this.#stream = stream;
    this.#onEnd = onEnd;
  }

  wantBytes(): void {}

  /** There is nothing to carry. */
  deliver({ release }: OrderedBytes): true {
    release?.();
    return true;
  }

  deliverEnd(): void {
    this.#onEnd(undefined);
  }

  abort(reason: ResetReason): void {
    this.#stream.localClosed();
    this.#onEnd(reason);
  }

  finished(): void {
    this.#stream.localClosed();
  }
}
