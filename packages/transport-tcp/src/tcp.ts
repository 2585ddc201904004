import type { Transport } from "@x/core";
import type { TcpCounters, TcpCounting } from "./counters.js";
import { dialTcp } from "./dial.js";
import { FairBudget } from "./fair-budget.js";
import { maxTickMs } from "./limits.js";
import { resolveSettings, type TcpOptions } from "./settings.js";
import { listenTcp } from "./tcp-listener.js";
import type { TcpShares } from "./tcp-shares.js";
import { Ticker } from "./ticker.js";

/** A TCP transport. */
export interface TcpTransport extends Transport {
  /** What it holds for peers. */
  readonly counters: TcpCounters;
}

/**
 * The TCP transport: `tcp#127.0.0.1:7000`, `tcp#[::1]:7000`, `tcp#example.org:7000`.
 *
 * @throws CulvertError OPTION_INVALID
 */
export function tcp(options: TcpOptions = {}): TcpTransport {
  const settings = resolveSettings(options);
  const { maxFrameBytes, pingIntervalMs, deadPeerMs } = settings;
  const dialTimeoutMs = settings.dialTimeoutMs + settings.handshakeTimeoutMs;
  const tickMs = Math.floor(Math.min(pingIntervalMs / 4, deadPeerMs / 12, maxTickMs));
  const ticker = new Ticker(tickMs);
  const counting: TcpCounting = { handshakes: 0 };
  const shared: TcpShares = { ticker, counting, partial: new FairBudget(settings.maxPartialBytes) };
  return {
    name: "tcp",
    counters: counting,
    capabilities: { reliable: true, ordered: true, maxFrameBytes, dialTimeoutMs, deadPeerMs },
    dial: (where, dialOptions = {}) => dialTcp(where, dialOptions, settings, shared),
    listen: (where, listenOptions) => listenTcp(where, listenOptions, settings, shared),
  };
}
