import { CulvertError } from "@x/core";

// What ends connections of both kinds, over bytes and over messages.

/** The peer said no hello. */
export function silent(limitMs: number): CulvertError {
  return new CulvertError(
    "HANDSHAKE_FAILED",
    `Cannot shake hands: the peer said no hello within ${limitMs} ms`,
  );
}

/** The peer has no room. */
export function full(): CulvertError {
  const message = "Cannot shake hands: the peer has no room for another connection";
  return new CulvertError("CONNECTION_LIMIT_EXCEEDED", message);
}

/** A frame takes too long. */
export function incomplete(where: string, limitMs: number): CulvertError {
  return new CulvertError(
    "CONNECTION_TIMED_OUT",
    `Cannot keep connection to ${where}: the peer did not finish a frame within ${limitMs} ms`,
  );
}

/** The peer is gone, without a word. */
export function cutOff(where: string): CulvertError {
  const message = `Cannot keep connection to ${where}: the peer ended it without a goodbye`;
  return new CulvertError("CONNECTION_RESET", message);
}

/** The peer is not heard any more. */
export function dead(where: string, silentMs: number): CulvertError {
  const message = `Cannot keep connection to ${where}: the peer was silent for ${silentMs} ms`;
  return new CulvertError("PEER_DEAD", message);
}
