import type { OutgoingMessage } from "@x/core";

type Payload = OutgoingMessage["payload"];

/** `Array.isArray` narrows no readonly list, and is faster than `instanceof`. */
function isParts(payload: Payload): payload is readonly Uint8Array[] {
  return Array.isArray(payload);
}

/** Size of a payload, in bytes. */
export function payloadBytes(payload: Payload): number {
  if (!isParts(payload)) return payload.length;
  let bytes = 0;
  for (const part of payload) bytes += part.length;
  return bytes;
}

/** A payload in one piece; copies only when it has several parts. */
export function joinPayload(payload: Payload): Uint8Array {
  if (!isParts(payload)) return payload;
  const [first] = payload;
  if (payload.length === 1 && first !== undefined) return first;
  return Buffer.concat(payload);
}

/** The parts of a frame: its head, then the payload uncopied. */
export function frameParts(head: Uint8Array, payload: Payload): Uint8Array[] {
  return isParts(payload) ? [head, ...payload] : [head, payload];
}
