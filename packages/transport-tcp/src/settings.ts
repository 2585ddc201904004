import { type CulvertError, checkCount, checkLimits, checkMs, optionInvalid } from "@x/core";
import {
  defaultCloseTimeoutMs,
  defaultDeadPeerMs,
  defaultDialTimeoutMs,
  defaultFrameTimeoutMs,
  defaultHandshakeTimeoutMs,
  defaultHardQueueBytes,
  defaultMaxConnections,
  defaultMaxFrameBytes,
  defaultMaxHandshakes,
  defaultMaxPartialBytes,
  defaultPingIntervalMs,
  defaultSlabBytes,
  defaultSoftQueueBytes,
  leastPerSource,
  maxMaxFrameBytes,
  maxTimeMs,
  minDeadPeerMs,
  minMaxFrameBytes,
  minPingIntervalMs,
} from "./limits.js";
import type { SourceLimits } from "./source-counter.js";

/** How a TCP transport behaves. All have defaults that fit; see `limits.ts` for the reasons. */
export interface TcpOptions {
  /** Largest frame it accepts and sends, in bytes, 1,024 to 1 GiB. Default 1,114,112: the largest payload and header. */
  readonly maxFrameBytes?: number;
  /** Longest wait for a connection, name look-up included, in milliseconds. Default 10,000. */
  readonly dialTimeoutMs?: number;
  /** Longest wait for the peer's hello, in milliseconds. Default 5,000. */
  readonly handshakeTimeoutMs?: number;
  /** A connection that sent nothing for so long sends a ping, in milliseconds, at least 100. Default 2,500. */
  readonly pingIntervalMs?: number;
  /** A peer that is silent for so long is dead, in milliseconds, at least 1,000. Default 7,500. The peer is told. */
  readonly deadPeerMs?: number;
  /** Bytes queued above which `send` returns a promise. Default 1 MiB. */
  readonly softQueueBytes?: number;
  /** Bytes queued above which `send` throws CONNECTION_BUSY. Default 16 MiB. */
  readonly hardQueueBytes?: number;
  /** Longest time `close` takes to send what is queued, in milliseconds. Default 2,000. */
  readonly closeTimeoutMs?: number;
  /** Most connections per listener. Default 16,384; further ones are told CONNECTION_LIMIT_EXCEEDED. */
  readonly maxConnections?: number;
  /** Most accepted connections per listener that have not said hello. Default 1,024; the oldest gives way. */
  readonly maxHandshakes?: number;
  /** Longest time from the beginning of a frame to its end, in milliseconds, while this end reads. Default 120,000. */
  readonly frameTimeoutMs?: number;
  /** Memory of all peers' frames that are incomplete for a while, in bytes. Default 128 MiB; hosts that hold most are closed first. */
  readonly maxPartialBytes?: number;
  /** Size of a busy connection's read buffers, in bytes, at least 65,536. Default 1,056,768: two frames of portals. */
  readonly slabBytes?: number;
  /**
   * `slab` reads into buffers of this package, `events` uses plain `data` events. Default `slab`, which falls back to
   * `events` where the platform does not let accepted sockets do it.
   */
  readonly reading?: "slab" | "events";
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
  /** Told what went wrong on a listener: handshakes that failed, connections that could not be accepted. Must not throw. */
  readonly onReport?: (error: CulvertError) => void;
}

/** {@link TcpOptions} with every default filled in. */
export type TcpSettings = Required<TcpOptions>;

const defaultLimits = {
  maxFrameBytes: defaultMaxFrameBytes,
  dialTimeoutMs: defaultDialTimeoutMs,
  handshakeTimeoutMs: defaultHandshakeTimeoutMs,
  pingIntervalMs: defaultPingIntervalMs,
  deadPeerMs: defaultDeadPeerMs,
  softQueueBytes: defaultSoftQueueBytes,
  hardQueueBytes: defaultHardQueueBytes,
  closeTimeoutMs: defaultCloseTimeoutMs,
  maxConnections: defaultMaxConnections,
  maxConnectionsPerHost: leastPerSource,
  maxConnectionsPerNetwork: leastPerSource,
  maxHandshakes: defaultMaxHandshakes,
  frameTimeoutMs: defaultFrameTimeoutMs,
  maxPartialBytes: defaultMaxPartialBytes,
  slabBytes: defaultSlabBytes,
};

/** Smallest and largest value of each limit. */
const ranges: Readonly<Record<keyof typeof defaultLimits, readonly [number, number]>> = {
  maxFrameBytes: [minMaxFrameBytes, maxMaxFrameBytes],
  dialTimeoutMs: [1, maxTimeMs],
  handshakeTimeoutMs: [1, maxTimeMs],
  pingIntervalMs: [minPingIntervalMs, maxTimeMs],
  deadPeerMs: [minDeadPeerMs, maxTimeMs],
  softQueueBytes: [1, Number.MAX_SAFE_INTEGER],
  hardQueueBytes: [1, Number.MAX_SAFE_INTEGER],
  closeTimeoutMs: [1, maxTimeMs],
  maxConnections: [1, Number.MAX_SAFE_INTEGER],
  maxConnectionsPerHost: [1, Number.MAX_SAFE_INTEGER],
  maxConnectionsPerNetwork: [1, Number.MAX_SAFE_INTEGER],
  maxHandshakes: [1, Number.MAX_SAFE_INTEGER],
  frameTimeoutMs: [1_000, maxTimeMs],
  maxPartialBytes: [1, Number.MAX_SAFE_INTEGER],
  slabBytes: [65_536, maxMaxFrameBytes],
};

/**
 * Fills in defaults and checks what was given.
 *
 * @throws CulvertError OPTION_INVALID
 */
export function resolveSettings(options: TcpOptions): TcpSettings {
  const { reading = "slab", onReport = () => {}, ...given } = options;
  if (reading !== "slab" && reading !== "events")
    throw optionInvalid("reading", reading, 'it has to be "slab" or "events"');
  if (typeof onReport !== "function") throw optionInvalid("onReport", onReport, "it has to be a function");
  const limits = checkLimits("tcp()", { ...defaultLimits, ...sourceDefaults(given) }, given);
  for (const [name, [min, max]] of Object.entries(ranges)) {
    const check = name.endsWith("Ms") ? checkMs : checkCount;
    check(name, limits[name as keyof typeof ranges], { min, max });
  }
  return { ...limits, reading, onReport };
}

/** One host or one network does not fill a large listener, and may fill a small one. */
function sourceDefaults({ maxConnections = defaultMaxConnections }: TcpOptions): SourceLimits {
  return {
    maxConnectionsPerHost: Math.max(Math.floor(maxConnections / 4), leastPerSource),
    maxConnectionsPerNetwork: Math.max(Math.floor(maxConnections / 2), leastPerSource),
  };
}
