import { type CulvertError, checkCount, checkLimits, checkMs, optionInvalid } from "@x/core";
import {
  defaultCloseTimeoutMs,
  defaultDatagramBytes,
  defaultDeadPeerMs,
  defaultDialTimeoutMs,
  defaultHardQueueBytes,
  defaultMaxConnections,
  defaultMaxFrameBytes,
  defaultPingIntervalMs,
  defaultSoftQueueBytes,
  leastPerSource,
  maxDatagramBytes,
  maxMaxFrameBytes,
  maxTimeMs,
  minDatagramBytes,
  minDeadPeerMs,
  minMaxFrameBytes,
  minPingIntervalMs,
} from "./limits.js";
import type { SourceLimits } from "./source-counter.js";

/** How a UDP transport behaves. All have defaults that fit; see `limits.ts` for the reasons. */
export interface UdpOptions {
  /** Largest frame it accepts and sends, in bytes, 1,024 to 262,144. Default 69,632. */
  readonly maxFrameBytes?: number;
  /** Largest body of a datagram, in bytes, 256 to 65,483; larger frames are split. Default 1,200. */
  readonly datagramBytes?: number;
  /** Longest wait for an answer to a dial, name look-up included, in milliseconds. Default 5,000. */
  readonly dialTimeoutMs?: number;
  /** A connection that sent nothing for so long sends a ping, in milliseconds, at least 100. Default 5,000. */
  readonly pingIntervalMs?: number;
  /** A peer that is silent for so long is dead and forgotten, in milliseconds, at least 1,000. Default 15,000. The peer is told. */
  readonly deadPeerMs?: number;
  /** Bytes queued above which `send` returns a promise. Default 256 KiB. */
  readonly softQueueBytes?: number;
  /** Bytes queued above which `send` throws CONNECTION_BUSY. Default 4 MiB. */
  readonly hardQueueBytes?: number;
  /** Longest time `close` takes to send what is queued, in milliseconds. Default 2,000. */
  readonly closeTimeoutMs?: number;
  /** Most connections per listener. Default 10,000; further ones are told CONNECTION_LIMIT_EXCEEDED. */
  readonly maxConnections?: number;
  /**
   * Most connections per listener from one host: an IPv4 address, or an IPv6 network of 64 bits. Default: a quarter of
   * `maxConnections`, but not less than 256.
   */
  readonly maxConnectionsPerHost?: number;
  /**
   * Most connections per listener from one network: 24 bits of IPv4, 48 of IPv6. Default: half of `maxConnections`, but not less
   * than 256.
   */
  readonly maxConnectionsPerNetwork?: number;
  /** Told what went wrong on a listener's socket. Must not throw. */
  readonly onReport?: (error: CulvertError) => void;
}

/** {@link UdpOptions} with every default filled in. */
export type UdpSettings = Required<UdpOptions>;

const defaultLimits = {
  maxFrameBytes: defaultMaxFrameBytes,
  datagramBytes: defaultDatagramBytes,
  dialTimeoutMs: defaultDialTimeoutMs,
  pingIntervalMs: defaultPingIntervalMs,
  deadPeerMs: defaultDeadPeerMs,
  softQueueBytes: defaultSoftQueueBytes,
  hardQueueBytes: defaultHardQueueBytes,
  closeTimeoutMs: defaultCloseTimeoutMs,
  maxConnections: defaultMaxConnections,
  maxConnectionsPerHost: leastPerSource,
  maxConnectionsPerNetwork: leastPerSource,
};

/** Smallest and largest value of each limit. */
const ranges: Readonly<Record<keyof typeof defaultLimits, readonly [number, number]>> = {
  maxFrameBytes: [minMaxFrameBytes, maxMaxFrameBytes],
  datagramBytes: [minDatagramBytes, maxDatagramBytes],
  dialTimeoutMs: [1, maxTimeMs],
  pingIntervalMs: [minPingIntervalMs, maxTimeMs],
  deadPeerMs: [minDeadPeerMs, maxTimeMs],
  softQueueBytes: [1, Number.MAX_SAFE_INTEGER],
  hardQueueBytes: [1, Number.MAX_SAFE_INTEGER],
  closeTimeoutMs: [1, maxTimeMs],
  maxConnections: [1, Number.MAX_SAFE_INTEGER],
  maxConnectionsPerHost: [1, Number.MAX_SAFE_INTEGER],
  maxConnectionsPerNetwork: [1, Number.MAX_SAFE_INTEGER],
};

/**
 * Fills in defaults and checks what was given.
 *
 * @throws CulvertError OPTION_INVALID
 */
export function resolveSettings(options: UdpOptions): UdpSettings {
  const { onReport = () => {}, ...given } = options;
  if (typeof onReport !== "function") throw optionInvalid("onReport", onReport, "it has to be a function");
  const limits = checkLimits("udp()", { ...defaultLimits, ...sourceDefaults(given) }, given);
  for (const [name, [min, max]] of Object.entries(ranges)) {
    const check = name.endsWith("Ms") ? checkMs : checkCount;
    check(name, limits[name as keyof typeof ranges], { min, max });
  }
  return { ...limits, onReport };
}

/** One host or one network does not fill a large listener, and may fill a small one. */
function sourceDefaults({ maxConnections = defaultMaxConnections }: UdpOptions): SourceLimits {
  return {
    maxConnectionsPerHost: Math.max(Math.floor(maxConnections / 4), leastPerSource),
    maxConnectionsPerNetwork: Math.max(Math.floor(maxConnections / 2), leastPerSource),
  };
}
