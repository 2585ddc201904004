/**
 * Every code a `CulvertError` can have. Codes are stable within a major version; messages may change.
 * `docs/errors.md` has a heading for each: when it happens, what to do, whether to retry.
 */
export const errorCodes = [
  "ADDRESS_INVALID",
  "ADDRESS_TAKEN",
  "ROUTE_INVALID",
  "ROUTE_TOO_LONG",
  "ROUTE_ENDED",
  "HOP_LIMIT_EXCEEDED",
  "HOP_REFUSED",
  "ACCESS_DENIED",
  "HANDLER_FAILED",
  "ADDRESS_UNRESOLVED",
  "WORKER_NOT_FOUND",
  "WORKER_BUSY",
  "WORKER_DOWN",
  "WORKER_LIMIT_EXCEEDED",
  "OPTION_INVALID",
  "MESSAGE_INVALID",
  "PAYLOAD_INVALID",
  "MESSAGE_TOO_LARGE",
  "FRAME_INVALID",
  "FRAME_TOO_LARGE",
  "CONNECTION_DOWN",
  "CONNECTION_BUSY",
  "CONNECTION_CLOSED",
  "CONNECTION_REFUSED",
  "CONNECTION_RESET",
  "CONNECTION_TIMED_OUT",
  "CONNECTION_LIMIT_EXCEEDED",
  "HANDSHAKE_FAILED",
  "VERSION_UNSUPPORTED",
  "PEER_DEAD",
  "LISTEN_FAILED",
  "LISTEN_ADDRESS_TAKEN",
  "TRANSPORT_NOT_FOUND",
  "TRANSPORT_FAILED",
  "NAME_UNRESOLVED",
  "NODE_CLOSED",
  "REPLY_INVALID",
  "TIMED_OUT",
  "ABORTED",
  "RELAY_NAME_TAKEN",
  "RELAY_NAME_INVALID",
  "RELAY_SUPERSEDED",
  "RELAY_LIMIT_EXCEEDED",
  "RELAY_CONNECTION_LIMIT_EXCEEDED",
  "RELAY_SOURCE_LIMIT_EXCEEDED",
  "RELAY_RATE_LIMIT_EXCEEDED",
  "RELAY_REQUEST_INVALID",
  "RELAY_LEAVING",
  "IDENTITY_INVALID",
  "IDENTITY_CHANGED",
  "CHANNEL_REFUSED",
  "CHANNEL_EXPIRED",
  "CHANNEL_LIMIT_EXCEEDED",
  "TARGET_REFUSED",
  "TARGET_UNRESOLVED",
  "TARGET_UNREACHABLE",
  "TARGET_TIMED_OUT",
  "STREAM_INVALID",
  "STREAM_RESET",
  "STREAM_LOST",
  "STREAM_LIMIT_EXCEEDED",
  "OUTLET_CLOSING",
  "VISITOR_REFUSED",
  "IDENTITY_LIMIT_EXCEEDED",
  "CREDENTIAL_INVALID",
  "CREDENTIAL_EXPIRED",
  "POLICY_INVALID",
  "TICKET_INVALID",
  "TICKET_REFUSED",
  "TICKET_LIMIT_EXCEEDED",
  "MEMBER_UNKNOWN",
  "MEMBER_LIMIT_EXCEEDED",
  "VAULT_TAKEN",
  "VAULT_NOT_FOUND",
  "VAULT_KEY_NOT_FOUND",
  "VAULT_LOCKED",
  "VAULT_UNSAFE",
  "VAULT_CORRUPT",
  "VAULT_FAILED",
  "INTERNAL",
] as const;

/** One of {@link errorCodes}. */
export type ErrorCode = (typeof errorCodes)[number];

/** What a `CulvertError` may carry beside its message. */
export interface CulvertErrorOptions {
  /** The error underneath, often a system error. */
  readonly cause?: unknown;
  /** The address of the hop that failed, as the failing node knows it. */
  readonly hop?: string;
}

/** The one error class of Culvert. Match on `code`; the message is for people. */
export class CulvertError extends Error {
  override readonly name: string = "CulvertError";
  /** What went wrong, as a stable word. */
  readonly code: ErrorCode;
  /** The address of the hop that failed, where one did. */
  readonly hop: string | undefined;
  readonly #at = Date.now();

  constructor(code: ErrorCode, message: string, options: CulvertErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hop = options.hop;
  }

  /** When it was made, in milliseconds since 1970. */
  get at(): number {
    return this.#at;
  }
}

const knownCodes: ReadonlySet<string> = new Set(errorCodes);

/** Says whether text from outside is one of our codes. */
export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === "string" && knownCodes.has(code);
}

/** Says whether a value is a `CulvertError`, also one from a second copy of this package. */
export function isCulvertError(error: unknown): error is CulvertError {
  return error instanceof Error && error.name === "CulvertError" && isErrorCode((error as CulvertError).code);
}
