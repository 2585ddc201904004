import type { OutgoingMessage } from "@x/core";
import { maxRefusedHeadBytes } from "./limits.js";

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

/** The first bytes of a payload, copied: what a refusal carries, so that its receiver can tell which message was refused. */
export function payloadHead(payload: Payload): Uint8Array {
  const head = new Uint8Array(Math.min(maxRefusedHeadBytes, payloadBytes(payload)));
  let at = 0;
  for (const part of isParts(payload) ? payload : [payload]) {
    head.set(part.subarray(0, head.length - at), at);
    at = Math.min(head.length, at + part.length);
  }
  return head;
}
