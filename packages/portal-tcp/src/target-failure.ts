import { CulvertError, type ErrorCode } from "@x/core";

const codes: Readonly<Record<string, ErrorCode>> = {
  ECONNREFUSED: "TARGET_REFUSED",
  ECONNRESET: "TARGET_REFUSED",
  ENOTFOUND: "TARGET_UNRESOLVED",
  EAI_AGAIN: "TARGET_UNRESOLVED",
  EAI_FAIL: "TARGET_UNRESOLVED",
  EAI_NODATA: "TARGET_UNRESOLVED",
  ETIMEDOUT: "TARGET_TIMED_OUT",
};

const reasons: Partial<Record<ErrorCode, string>> = {
  TARGET_REFUSED: "it refuses connections",
  TARGET_UNRESOLVED: "its name does not resolve",
  TARGET_TIMED_OUT: "it does not answer in time",
  TARGET_UNREACHABLE: "it cannot be reached",
};

/** Why an outlet could not connect to its target, as one of our errors with the system's error as its cause. */
export function targetFailure(target: string, error: Error): CulvertError {
  const code = codes[systemCode(error)] ?? "TARGET_UNREACHABLE";
  return new CulvertError(code, `Cannot connect to target "${target}": ${reasons[code]}`, { cause: error });
}

/** With several addresses to try, the platform reports all failures in one error: the first tells. */
function systemCode(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== undefined) return code;
  const first: unknown = error instanceof AggregateError ? error.errors[0] : undefined;
  return (first as NodeJS.ErrnoException | undefined)?.code ?? "";
}
