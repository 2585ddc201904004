import { CulvertError, isCulvertError } from "@x/core";
import type { RelayReply } from "../protocol/relay-message.js";

/** Somebody else holds the name. */
export function nameTaken(name: string, cause?: unknown): CulvertError {
  const message = `Cannot register relay "${name}": somebody else holds the name`;
  return new CulvertError("RELAY_NAME_TAKEN", message, { cause });
}

/** The service ends. */
export function leaving(name: string): CulvertError {
  return new CulvertError(
    "RELAY_LEAVING",
    `Cannot register relay "${name}": the relay service is about to end`,
  );
}

/** The owner has registered later; says which start is in force. */
export function superseded(name: string, epoch: number): RelayReply {
  const reason = `Cannot register relay "${name}": its owner has registered it later, from a newer start`;
  return { type: "refused", code: "RELAY_SUPERSEDED", reason, epoch };
}

/** There is no place for the relay. */
export function limitExceeded(
  code: "RELAY_LIMIT_EXCEEDED" | "RELAY_CONNECTION_LIMIT_EXCEEDED" | "RELAY_SOURCE_LIMIT_EXCEEDED",
  name: string,
  limit: string,
): CulvertError {
  return new CulvertError(code, `Cannot register relay "${name}": limit is ${limit}`);
}

/** Why the worker of a relay did not start, as the client should hear it. */
export function startError(name: string, cause: unknown): unknown {
  if (!isCulvertError(cause)) return cause;
  // A worker that is no relay sits at the address.
  if (cause.code === "ADDRESS_TAKEN") return nameTaken(name, cause);
  if (cause.code !== "WORKER_LIMIT_EXCEEDED") return cause;
  return limitExceeded("RELAY_LIMIT_EXCEEDED", name, "the workers this node can have");
}
