import type { HeaderFields, Refusal, Route } from "@x/core";

/** What the header of a frame says. See PROTOCOL.md, "Message frame". */
export interface Header {
  /** The hops still to pass, the first on the receiving node. */
  readonly onwardRoute: Route;
  /** The way back, as the sending node knows it. */
  readonly returnRoute: Route;
  /** Deliveries so far. */
  readonly hopCount: number;
  /** Optional fields, without the reserved ones. */
  readonly fields?: HeaderFields | undefined;
  /** Set on a negative reply. */
  readonly refusal?: Refusal | undefined;
}
