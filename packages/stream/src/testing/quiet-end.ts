import type { ErrorCode } from "@x/core";
import type { LocalEnd } from "../ends/local-end.js";

/** A local end that takes all, and sends nothing by itself. */
export class QuietEnd implements LocalEnd {
  readonly canDeliver = true;
  /** Why the stream ended before its time. */
  failure: ErrorCode | undefined;

  wantBytes(): void {}

  deliver(): true {
    return true;
  }

  deliverEnd(): void {}

  abort({ code }: { code: ErrorCode }): void {
    this.failure = code;
  }

  finished(): void {}
}
