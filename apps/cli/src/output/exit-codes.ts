import { type ErrorCode, isCulvertError } from "@x/core";
import { CliError, type CliErrorCode } from "../cli-error.js";

/** The exit codes of the command, after sysexits.h. */
export const exitCodes = {
  ok: 0,
  usage: 64,
  unreachable: 69,
  failed: 70,
  cannotCreate: 73,
  timedOut: 75,
  interrupted: 130,
  /** What shells say of a program that wrote to a pipe without a reader (128 and SIGPIPE). */
  brokenPipe: 141,
} as const;

/** Codes that do not simply mean "failed" (70). */
const byCode: Readonly<Partial<Record<ErrorCode | CliErrorCode, number>>> = {
  USAGE_INVALID: exitCodes.usage,
  CONFIRMATION_NEEDED: exitCodes.usage,
  CONFIGURATION_INVALID: exitCodes.usage,
  TRANSPORT_INVALID: exitCodes.usage,
  OPERATION_INVALID: exitCodes.usage,
  RESOURCE_AMBIGUOUS: exitCodes.usage,
  ADDRESS_INVALID: exitCodes.usage,
  ROUTE_INVALID: exitCodes.usage,
  ROUTE_TOO_LONG: exitCodes.usage,
  RELAY_NAME_INVALID: exitCodes.usage,
  TICKET_INVALID: exitCodes.usage,
  POLICY_INVALID: exitCodes.usage,

  NODE_NOT_FOUND: exitCodes.unreachable,
  NODE_NOT_RUNNING: exitCodes.unreachable,
  RESOURCE_NOT_FOUND: exitCodes.unreachable,
  VAULT_NOT_FOUND: exitCodes.unreachable,
  VAULT_KEY_NOT_FOUND: exitCodes.unreachable,
  IDENTITY_CHANGED: exitCodes.unreachable,
  ROUTE_ENDED: exitCodes.unreachable,
  HOP_LIMIT_EXCEEDED: exitCodes.unreachable,
  HOP_REFUSED: exitCodes.unreachable,
  ACCESS_DENIED: exitCodes.unreachable,
  CHANNEL_REFUSED: exitCodes.unreachable,
  MEMBER_UNKNOWN: exitCodes.unreachable,
  WORKER_NOT_FOUND: exitCodes.unreachable,
  CONNECTION_DOWN: exitCodes.unreachable,
  CONNECTION_CLOSED: exitCodes.unreachable,
  CONNECTION_REFUSED: exitCodes.unreachable,
  CONNECTION_RESET: exitCodes.unreachable,
  HANDSHAKE_FAILED: exitCodes.unreachable,
  VERSION_UNSUPPORTED: exitCodes.unreachable,
  PEER_DEAD: exitCodes.unreachable,
  TRANSPORT_NOT_FOUND: exitCodes.unreachable,
  NAME_UNRESOLVED: exitCodes.unreachable,
  NODE_CLOSED: exitCodes.unreachable,
  TARGET_REFUSED: exitCodes.unreachable,
  TARGET_UNRESOLVED: exitCodes.unreachable,
  TARGET_UNREACHABLE: exitCodes.unreachable,

  NODE_NAME_TAKEN: exitCodes.cannotCreate,
  RESOURCE_NAME_TAKEN: exitCodes.cannotCreate,
  VAULT_TAKEN: exitCodes.cannotCreate,
  ADDRESS_TAKEN: exitCodes.cannotCreate,
  LISTEN_ADDRESS_TAKEN: exitCodes.cannotCreate,
  LISTEN_FAILED: exitCodes.cannotCreate,
  RELAY_NAME_TAKEN: exitCodes.cannotCreate,

  TIMED_OUT: exitCodes.timedOut,
  CONNECTION_TIMED_OUT: exitCodes.timedOut,
  CONNECTION_BUSY: exitCodes.timedOut,
  WORKER_BUSY: exitCodes.timedOut,
  TARGET_TIMED_OUT: exitCodes.timedOut,

  ABORTED: exitCodes.interrupted,
};

/** The exit code an error ends the command with. */
export function exitCodeFor(error: unknown): number {
  if (isCulvertError(error) || error instanceof CliError) return byCode[error.code] ?? exitCodes.failed;
  return exitCodes.failed;
}
