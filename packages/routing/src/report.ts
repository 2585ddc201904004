import type { Address, CulvertError, Refusal } from "@x/core";

/** What a node tells whoever runs it, for logs. */
export type NodeReport =
  | HandlerFailedReport
  | ListenerFailedReport
  | RefusalDroppedReport
  | ConnectionUpReport
  | ConnectionLostReport
  | DialFailedReport
  | FrameInvalidReport
  | ConnectionRefusedReport;

/** A worker's handler threw, or its promise rejected. The worker lives on. */
export interface HandlerFailedReport {
  readonly type: "handler-failed";
  readonly worker: Address;
  readonly error: unknown;
}

/** A listener given to `watch` threw. */
export interface ListenerFailedReport {
  readonly type: "listener-failed";
  readonly address: Address;
  readonly error: unknown;
}

/** A message could not be delivered and nobody can be told: it has no return route, or is a refusal itself. */
export interface RefusalDroppedReport {
  readonly type: "refusal-dropped";
  readonly refusal: Refusal;
}

/** A connection was dialled or accepted, or is open again. */
export interface ConnectionUpReport {
  readonly type: "connection-up";
  readonly worker: Address;
  readonly remote: Address;
  readonly direction: "dialled" | "accepted";
}

/** A connection ended. `reason` is absent when it ended in good order. */
export interface ConnectionLostReport {
  readonly type: "connection-lost";
  readonly worker: Address;
  readonly remote: Address;
  readonly reason?: CulvertError;
  /** It will be dialled again. */
  readonly kept: boolean;
}

/** An attempt to open a connection failed. */
export interface DialFailedReport {
  readonly type: "dial-failed";
  readonly worker: Address;
  readonly remote: Address;
  readonly error: CulvertError;
  /** Attempts since it was up. */
  readonly attempts: number;
  /** When the next attempt follows, in milliseconds since the epoch; absent when none does. */
  readonly nextAttemptAt?: number;
}

/** A peer sent what is no frame; its connection is closed. */
export interface FrameInvalidReport {
  readonly type: "frame-invalid";
  readonly worker: Address;
  readonly remote: Address;
  readonly error: CulvertError;
}

/** A connection was turned away because the node has as many as it allows. */
export interface ConnectionRefusedReport {
  readonly type: "connection-refused";
  readonly remote: Address;
  readonly limit: number;
}

/** Passes reports on. What the receiver throws stays there: reporting must not break delivery. */
export function safeReporter(onReport: ((report: NodeReport) => void) | undefined): Reporter {
  return (report) => {
    try {
      onReport?.(report);
    } catch {
      // There is nobody left to tell.
    }
  };
}

/** Takes reports and never throws. */
export type Reporter = (report: NodeReport) => void;
