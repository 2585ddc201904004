import { checkCount, checkLimits, optionInvalid, type Route, type WorkerHost } from "@x/core";
import { maxOpenOptionsBytes } from "../limits.js";
import { defaultStreamSettings, type StreamSettings } from "../machine/stream-settings.js";
import type { ByteStream } from "./byte-stream.js";
import { streamEnds } from "./stream-ends.js";
import { WebStream } from "./web-stream.js";

/** How to open a stream. */
export interface OpenStreamOptions extends Partial<StreamSettings> {
  /** What the acceptor is told about the stream, before its bytes: 1,024 bytes at most. Default: nothing. */
  readonly openOptions?: Uint8Array;
}

/**
 * Opens a stream to a worker that takes streams. It returns at once, and the first bytes written travel with the open.
 * That the other end cannot be reached, or takes no streams, is told by the stream: reading, writing and `closed` fail.
 *
 * @param host sends along the route: the operator's own where the route begins with a transport hop
 * @param route ends in the address that was given to {@link acceptStreams}
 * @throws CulvertError ROUTE_INVALID, ROUTE_TOO_LONG, ADDRESS_INVALID, OPTION_INVALID, WORKER_LIMIT_EXCEEDED, NODE_CLOSED
 */
export function openStream(host: WorkerHost, route: Route, options: OpenStreamOptions = {}): ByteStream {
  const { openOptions, ...limits } = options;
  const settings = checkLimits("stream", defaultStreamSettings, limits);
  if (openOptions !== undefined) checkOpenOptions(openOptions);
  const opener = host.shared(streamEnds).opener(host, route);
  let stream: WebStream | undefined;
  const carried = opener.open({
    settings,
    // Its own: they go out again until they arrived.
    openOptions: openOptions && new Uint8Array(openOptions),
    attach: (carrier) => {
      stream = new WebStream(carrier);
      return stream;
    },
  });
  // A turn later, unless bytes are written before: they travel with the open.
  setTimeout(() => carried.start(), 0);
  return stream as unknown as ByteStream;
}

function checkOpenOptions(bytes: unknown): void {
  if (!(bytes instanceof Uint8Array)) throw optionInvalid("openOptions", bytes, "they have to be bytes");
  checkCount("length of openOptions", bytes.length, { max: maxOpenOptionsBytes });
}
