/** A stream's name: 128 random bits as 32 lowercase hex digits. Whoever does not know it cannot touch the stream. */
export type StreamId = string;

/** Bytes of a stream id on the wire. */
export const streamIdBytes = 16;

/** A new stream id that nobody can guess. */
export function generateStreamId(): StreamId {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(streamIdBytes)).buffer).toString("hex");
}

/** The bytes of a stream id. */
export function streamIdToBytes(id: StreamId): Uint8Array {
  return Buffer.from(id, "hex");
}

/** Reads the stream id that begins at `at`. The caller has checked that it is there. */
export function readStreamId(bytes: Uint8Array, at: number): StreamId {
  return Buffer.from(bytes.buffer, bytes.byteOffset + at, streamIdBytes).toString("hex");
}
