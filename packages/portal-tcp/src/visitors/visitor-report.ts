import type { CulvertError } from "@x/core";

/** Who visits. */
export interface Visitor {
  /** 32 hex digits: 128 random bits of the inlet. At an outlet it is what somebody said, in that shape. */
  readonly id: string;
  /** Where the visitor connected from: `203.0.113.7:51234`; absent where nobody said so. */
  readonly from: string | undefined;
}

/** What happened to one visitor of an inlet or an outlet. */
export type VisitorReport =
  /** The visitor was taken. */
  | (Visitor & { readonly type: "opened" })
  /** The visitor was turned away, or could not be accepted. */
  | (Visitor & { readonly type: "refused"; readonly error: CulvertError })
  /** The visitor is gone. */
  | (Visitor & {
      readonly type: "ended";
      /** Bytes from the visitor on their way to the target. At an inlet those that were sent, at an outlet those that came. */
      readonly bytesToTarget: number;
      /** Bytes from the target on their way to the visitor. */
      readonly bytesToVisitor: number;
      readonly durationMs: number;
      /** Why it ended before its time; absent when both directions came to their end. */
      readonly error: CulvertError | undefined;
    });

/** What passed an inlet or an outlet since it was started. */
export interface PortalTraffic {
  /** Visitors that were taken. */
  readonly visitors: number;
  /** Visitors that were turned away. */
  readonly refused: number;
  /** Visitors that were taken and could not be served: resets by either side are none. */
  readonly failed: number;
  readonly bytesToTarget: number;
  readonly bytesToVisitor: number;
}
