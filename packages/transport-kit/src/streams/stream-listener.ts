import type { Listener, ListenOptions } from "@x/core";
import { type Guest, GuestListener, type GuestSource, mapSource } from "../listening/guest-listener.js";
import type { ListenerOptions, ListenerSettings } from "../listening/listener-settings.js";
import type { TransportShares } from "../transport-shares.js";
import type { ByteStream } from "./byte-stream.js";
import { turnAway, turnAwayAtOnce } from "./handshake.js";
import { openStream } from "./open-stream.js";
import type { StreamOptions, StreamSettings } from "./stream-settings.js";

/** How a transport over streams of bytes behaves. */
export interface StreamListenerOptions extends StreamOptions, ListenerOptions {}

/** {@link StreamListenerOptions} with every default filled in. */
export interface StreamListenerSettings extends StreamSettings, ListenerSettings {}

/** A listener that makes connections of the streams which a source accepts. */
export function listenForStreams(
  source: GuestSource<ByteStream>,
  options: ListenOptions,
  settings: StreamListenerSettings,
  shares: TransportShares,
): Listener {
  const toGuest = (stream: ByteStream): Guest => ({
    remoteWhere: stream.remoteWhere,
    source: stream.source,
    get isClosed() {
      return stream.isClosed;
    },
    greet: () => openStream(stream, settings, shares),
    turnAway: (atOnce) => (atOnce && !stream.losesUnread ? turnAwayAtOnce : turnAway)(stream, settings),
    destroy: (reason) => stream.destroy(reason),
    whenClosed: (callback) => stream.whenClosed(callback),
  });
  return new GuestListener(mapSource(source, toGuest), options, settings, shares.counting);
}
