/** Set in a length word that begins a control frame. See PROTOCOL.md, "TCP". */
export const controlBit = 0x8000_0000;

/** Kinds of control frames: bits 30 to 16 of the word. */
export const pingKind = 1;
const pongKind = 2;
export const goodbyeKind = 3;

/** Asks the peer for a sign of life. */
export const pingFrame: Uint8Array = controlFrame(pingKind);

/** The answer to a ping. */
export const pongFrame: Uint8Array = controlFrame(pongKind);

/** The last thing an end says that closes in good order. */
export const goodbyeFrame: Uint8Array = controlFrame(goodbyeKind);

function controlFrame(kind: number): Uint8Array {
  return Uint8Array.of(0x80 | (kind >> 8), kind & 0xff, 0, 0);
}
