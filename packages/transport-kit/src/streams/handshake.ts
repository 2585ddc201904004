import { CulvertError, isCulvertError } from "@x/core";
import { full, silent } from "../connection-error.js";
import type { ByteSink, ByteStream } from "./byte-stream.js";
import type { FrameReader } from "./frame-reader.js";
import { encodeHello, type Hello } from "./hello.js";
import { newScratch } from "./read-buffer.js";
import type { StreamSettings } from "./stream-settings.js";

/**
 * Says hello and waits for the peer's. The stream is closed when that fails, and pauses behind the hello when it does not.
 *
 * @throws CulvertError HANDSHAKE_FAILED, VERSION_UNSUPPORTED, CONNECTION_LIMIT_EXCEEDED
 */
export function shakeHands(
  stream: ByteStream,
  reader: FrameReader,
  settings: StreamSettings,
): Promise<Hello> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => settle(silent(settings.handshakeTimeoutMs)), settings.handshakeTimeoutMs);
    const settle = (result: Hello | CulvertError): void => {
      clearTimeout(timer);
      if (isCulvertError(result)) fail(result);
      else if (result.full) fail(full());
      else resolve(result);
    };
    const fail = (error: CulvertError): void => {
      reader.stop();
      stream.closeSoon();
      reject(error);
    };
    // What the system says has a cause; a reason of ours is one by itself.
    stream.read(reader, (error) => settle(error?.cause === undefined ? (error ?? failed()) : failed(error)));
    reader.awaitHello(settle);
    sayHello(stream, settings, false);
  });
}

/** Tells a peer that there is no room for it, and closes. */
export function turnAway(stream: ByteStream, settings: StreamSettings): void {
  stream.read(nobody, () => {});
  sayHello(stream, settings, true);
  void stream.close(settings.closeTimeoutMs);
}

/** As `turnAway`, without waiting for the peer to read it: the stream is given back to the system before this returns. */
export function turnAwayAtOnce(stream: ByteStream, settings: StreamSettings): void {
  sayHello(stream, settings, true);
  stream.destroy();
}

/** Throws away what comes. */
const nobody: ByteSink = {
  space: newScratch,
  filled: () => true,
  append: () => true,
};

function sayHello(stream: ByteStream, settings: StreamSettings, isFull: boolean): void {
  const { maxFrameBytes, deadPeerMs } = settings;
  stream.write([encodeHello({ maxFrameBytes, deadPeerMs, full: isFull })]);
}

function failed(error?: CulvertError): CulvertError {
  const reason = error === undefined ? "the peer closed" : error.message;
  return new CulvertError("HANDSHAKE_FAILED", `Cannot shake hands: ${reason} before it said hello`, {
    cause: error,
  });
}
