import type { OutgoingMessage } from "@x/core";

type Payload = OutgoingMessage["payload"];

/** Size of a payload, in bytes. */
export function payloadBytes(payload: Payload): number {
  if (payload instanceof Uint8Array) return payload.length;
  let bytes = 0;
  for (const part of payload) bytes += part.length;
  return bytes;
}

/** A payload in one piece; copies only when it has several parts. */
export function joinPayload(payload: Payload): Uint8Array {
  if (payload instanceof Uint8Array) return payload;
  const [first] = payload;
  if (payload.length === 1 && first !== undefined) return first;
  return Buffer.concat(payload);
}

/** The parts of a frame: its head, then the payload uncopied. */
export function frameParts(head: Uint8Array, payload: Payload): Uint8Array[] {
  return payload instanceof Uint8Array ? [head, payload] : [head, ...payload];
}
