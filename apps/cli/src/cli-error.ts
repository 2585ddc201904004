/**
 * Failures of the command line itself, beside the codes of `@x/core`.
 * `docs/errors.md` has a heading for each.
 */
export const cliErrorCodes = [
  "USAGE_INVALID",
  "NODE_NOT_FOUND",
  "NODE_NAME_TAKEN",
  "NODE_NOT_RUNNING",
  "NODE_ELSEWHERE",
  "NODE_START_FAILED",
  "RESOURCE_NOT_FOUND",
  "RESOURCE_NAME_TAKEN",
  "RESOURCE_IN_USE",
  "RESOURCE_AMBIGUOUS",
  "OPERATION_UNKNOWN",
  "OPERATION_INVALID",
  "CONTROL_FAILED",
  "CONFIRMATION_NEEDED",
  "CONFIGURATION_INVALID",
  "TRANSPORT_INVALID",
  "STATE_CORRUPT",
  "STATE_FAILED",
  "CHECK_FAILED",
  "OUTPUT_FAILED",
] as const;

/** One of {@link cliErrorCodes}. */
export type CliErrorCode = (typeof cliErrorCodes)[number];

/** What a `CliError` may carry beside its message. */
export interface CliErrorOptions {
  /** What the user can try, as one sentence. */
  readonly hint?: string;
  /** The error underneath. */
  readonly cause?: unknown;
}

/** A failure of the command line itself: bad usage, a node that is not there, a name that is taken. */
export class CliError extends Error {
  override readonly name: string = "CliError";
  /** What went wrong, as a stable word. */
  readonly code: CliErrorCode;
  /** What the user can try. */
  readonly hint: string | undefined;

  constructor(code: CliErrorCode, message: string, options: CliErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }
}
