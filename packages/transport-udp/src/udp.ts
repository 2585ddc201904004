import type { Transport } from "@x/core";
import type { UdpCounters } from "./counters.js";
import { dialUdp } from "./dial.js";
import { resolveSettings, type UdpOptions } from "./settings.js";
import { listenUdp } from "./udp-listener.js";
import { newContext } from "./wire/wire-context.js";

/** A UDP transport. */
export interface UdpTransport extends Transport {
  /** What was lost and ignored so far. */
  readonly counters: UdpCounters;
}

/**
 * The UDP transport: `udp#127.0.0.1:7000`, `udp#[::1]:7000`, `udp#example.org:7000`. Frames may be lost, come in another
 * order or twice; none comes changed or in part, as far as UDP's checksum goes.
 *
 * @throws CulvertError OPTION_INVALID
 */
export function udp(options: UdpOptions = {}): UdpTransport {
  const settings = resolveSettings(options);
  const { maxFrameBytes, dialTimeoutMs, deadPeerMs } = settings;
  const context = newContext(settings);
  return {
    name: "udp",
    capabilities: { reliable: false, ordered: false, maxFrameBytes, dialTimeoutMs, deadPeerMs },
    counters: context.counters,
    dial: (where, dialOptions = {}) => dialUdp(where, dialOptions, context),
    listen: (where, listenOptions) => listenUdp(where, listenOptions, context),
  };
}
