import { CulvertError, type ErrorCode } from "@x/core";
import { dialError } from "@x/transport-kit/node";

/** What a failed dial means for a target. */
const codes: Partial<Record<ErrorCode, ErrorCode>> = {
  CONNECTION_REFUSED: "TARGET_REFUSED",
  HANDSHAKE_FAILED: "TARGET_REFUSED",
  NAME_UNRESOLVED: "TARGET_UNRESOLVED",
};

const reasons: Partial<Record<ErrorCode, string>> = {
  TARGET_REFUSED: "it refuses connections",
  TARGET_UNRESOLVED: "its name does not resolve",
  TARGET_TIMED_OUT: "it does not answer in time",
  TARGET_UNREACHABLE: "it cannot be reached",
};

/** Why an outlet could not connect to its target, with what dialling failed with as its cause. */
export function targetFailure(target: string, cause: unknown): CulvertError {
  const code = codeOf(cause);
  return new CulvertError(code, `Cannot connect to target "${target}": ${reasons[code]}`, { cause });
}

function codeOf(given: unknown): ErrorCode {
  const cause = dialError(given, "target");
  // No answer within the time, or the system's own word for it; a network that is not there is something else.
  const { code: system } = (cause.cause ?? {}) as NodeJS.ErrnoException;
  const isTimedOut = cause.code === "CONNECTION_TIMED_OUT" && (system ?? "ETIMEDOUT") === "ETIMEDOUT";
  return isTimedOut ? "TARGET_TIMED_OUT" : (codes[cause.code] ?? "TARGET_UNREACHABLE");
}
