import { askShare, maxUnaskedBytes } from "../limits.js";

/**
 * Decides which packets ask for their acknowledgement: several within each window, so that sending goes on, and not each one,
 * because an acknowledgement costs every hop on its way back.
 */
export class AskPace {
  #unaskedBytes = 0;

  /** Says whether to ask with a packet of so many bytes, when `windowBytes` may be under way. */
  asksWith(bytes: number, windowBytes: number): boolean {
    this.#unaskedBytes += bytes;
    if (this.#unaskedBytes < Math.min(windowBytes * askShare, maxUnaskedBytes)) return false;
    this.#unaskedBytes = 0;
    return true;
  }
}
