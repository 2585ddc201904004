import { protocolVersion } from "../limits.js";
import { streamIdBytes } from "./stream-id.js";

/** The low half of a message's first byte. See PROTOCOL.md, "Stream messages". */
export const messageKinds = { hello: 1, welcome: 2, segment: 3, reset: 4, closed: 5 } as const;

/** Bit of a message's second byte that tells that the acceptor sent it, so that a mirrored message is not taken for an answer. */
export const fromAcceptorFlag = 0x80;

/** Kind, flags and id: what all messages begin with. */
export const commonHeaderBytes: number = 2 + streamIdBytes;

/** Writes what all messages begin with. */
export function writeCommonHeader(bytes: Uint8Array, kind: number, flags: number, id: Uint8Array): void {
  bytes[0] = (protocolVersion << 4) | kind;
  bytes[1] = flags;
  bytes.set(id, 2);
}
