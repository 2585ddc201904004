import { CulvertError, type ErrorCode } from "@x/core";

/**
 * The reasons a stream can be reset for, by their number on the wire.
 * See PROTOCOL.md, "Reset reasons". Numbers are never reused.
 */
const reasons: ReadonlyMap<number, ErrorCode> = new Map<number, ErrorCode>([
  [1, "STREAM_RESET"],
  [2, "STREAM_LOST"],
  [3, "STREAM_INVALID"],
  [4, "STREAM_LIMIT_EXCEEDED"],
  [5, "TARGET_REFUSED"],
  [6, "TARGET_UNRESOLVED"],
  [7, "TARGET_UNREACHABLE"],
  [8, "TARGET_TIMED_OUT"],
  [9, "TIMED_OUT"],
  [10, "ABORTED"],
  [11, "VERSION_UNSUPPORTED"],
  [12, "OUTLET_CLOSING"],
  [13, "ACCESS_DENIED"],
]);

const numbers: ReadonlyMap<ErrorCode, number> = new Map([...reasons].map(([number, code]) => [code, number]));

/** Why a stream ended before its time. */
export interface ResetReason {
  /** What happened, as a stable word. */
  readonly code: ErrorCode;
  /** One sentence for people; may be empty. */
  readonly text: string;
  /** The hop that refused, where one did; it stays on this node. */
  readonly hop?: string;
}

/** The reason an error stands for. */
export function reasonOf({ code, message, hop }: CulvertError): ResetReason {
  return { code, text: message, ...(hop !== undefined && { hop }) };
}

/** The error a reason stands for. */
export function errorOf({ code, text, hop }: ResetReason): CulvertError {
  return new CulvertError(code, text, hop === undefined ? {} : { hop });
}

/** The number a reason has on the wire. Codes without a number of their own travel as STREAM_RESET. */
export function resetNumber(code: ErrorCode): number {
  return numbers.get(code) ?? 1;
}

/** The code of a number from the wire. Unknown numbers, of later versions, count as STREAM_RESET. */
export function resetCode(number: number): ErrorCode {
  return reasons.get(number) ?? "STREAM_RESET";
}
