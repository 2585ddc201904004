import type { Connection } from "@x/core";
import { givenUp } from "../dial-limit.js";
import type { TransportShares } from "../transport-shares.js";
import type { ByteStream } from "./byte-stream.js";
import { FrameReader } from "./frame-reader.js";
import { shakeHands } from "./handshake.js";
import { newScratch, ReadBuffer } from "./read-buffer.js";
import { StreamConnection } from "./stream-connection.js";
import type { StreamSettings } from "./stream-settings.js";

/**
 * Makes a connection of a stream: shakes hands with whoever is at its other end, which does the same. The stream is closed
 * when that fails.
 *
 * @throws CulvertError HANDSHAKE_FAILED, VERSION_UNSUPPORTED, CONNECTION_LIMIT_EXCEEDED, ABORTED
 */
export async function openStream(
  stream: ByteStream,
  settings: StreamSettings,
  shares: TransportShares,
  signal?: AbortSignal,
): Promise<Connection> {
  const reader = new FrameReader(new ReadBuffer(newScratch(), settings.slabBytes), settings.maxFrameBytes);
  const onAbort = (): void => stream.destroy(givenUp(stream.remoteWhere));
  signal?.addEventListener("abort", onAbort);
  if (signal?.aborted) onAbort();
  try {
    const peer = await shakeHands(stream, reader, settings);
    return new StreamConnection({ stream, reader, peer }, settings, shares);
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}
