/**
 * A stream's name: 128 random bits. Whoever does not know it cannot touch the stream.
 * Here it is text of eight UTF-16 units, which is quick to make and to look up; it is not for people.
 */
export type StreamId = string;

/** Bytes of a stream id on the wire. */
export const streamIdBytes = 16;

/** A new stream id that nobody can guess. */
export function generateStreamId(): StreamId {
  return readStreamId(crypto.getRandomValues(new Uint8Array(streamIdBytes)), 0);
}

/** The bytes of a stream id. */
export function streamIdToBytes(id: StreamId): Uint8Array {
  const bytes = new Uint8Array(streamIdBytes);
  for (let unit = 0; unit < streamIdBytes / 2; unit++) {
    const code = id.charCodeAt(unit);
    bytes[2 * unit] = code >> 8;
    bytes[2 * unit + 1] = code;
  }
  return bytes;
}

/** Reads the stream id that begins at `at`. The caller has checked that it is there. */
export function readStreamId(bytes: Uint8Array, at: number): StreamId {
  const unit = (index: number): number =>
    ((bytes[at + 2 * index] as number) << 8) | (bytes[at + 2 * index + 1] as number);
  return String.fromCharCode(unit(0), unit(1), unit(2), unit(3), unit(4), unit(5), unit(6), unit(7));
}
