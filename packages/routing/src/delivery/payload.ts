import { CulvertError, ownBytes, type Payload, pinnedBytes } from "@x/core";
import { maxRefusedHeadBytes } from "../limits.js";

const encoder = new TextEncoder();

/**
 * A payload as bytes, in one piece or in parts.
 *
 * @throws CulvertError MESSAGE_INVALID for anything else
 */
export function payloadBytes(payload: Payload): Uint8Array | readonly Uint8Array[] {
  if (payload instanceof Uint8Array) return payload;
  if (typeof payload === "string") return encodeText(payload);
  if (Array.isArray(payload) && payload.every((part) => part instanceof Uint8Array)) return payload;
  const shown = Array.isArray(payload)
    ? "an array that holds something else than Uint8Arrays"
    : shownType(payload);
  throw new CulvertError(
    "MESSAGE_INVALID",
    `Cannot send ${shown}: a payload is text, a Uint8Array or several`,
  );
}

function encodeText(text: string): Uint8Array {
  if (/\p{Cs}/u.test(text)) {
    throw new CulvertError("MESSAGE_INVALID", "Cannot send text: a lone surrogate in it has no UTF-8 form");
  }
  return encoder.encode(text);
}

function shownType(value: unknown): string {
  return value === null ? "null" : `a value of type ${typeof value}`;
}

/** Size of several parts, in bytes. */
export function sizeOf(parts: readonly Uint8Array[]): number {
  let bytes = 0;
  for (const part of parts) bytes += part.length;
  return bytes;
}

/** Several parts in one piece; copies only when there are several. */
export function joinParts(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return first;
  const joined = new Uint8Array(sizeOf(parts));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** What bytes will hold in memory once {@link ownBytes} made them fit to wait, in bytes. */
export function keptBytes(bytes: Uint8Array): number {
  const pinned = pinnedBytes(bytes);
  return pinned > 2 * bytes.length ? bytes.length : pinned;
}

/** Parts that are fit to wait. */
export function ownParts(parts: readonly Uint8Array[]): readonly Uint8Array[] {
  return parts.map(ownBytes);
}

/** The first bytes of a payload, copied: what a refusal carries, so that its receiver can tell which message was refused. */
export function payloadHead(parts: readonly Uint8Array[]): Uint8Array {
  const head = new Uint8Array(Math.min(maxRefusedHeadBytes, sizeOf(parts)));
  let at = 0;
  for (const part of parts) {
    head.set(part.subarray(0, head.length - at), at);
    at = Math.min(head.length, at + part.length);
  }
  return head;
}
