import { type CulvertError, optionInvalid } from "@x/core";
import {
  maxTimeMs,
  minDeadPeerMs,
  minPingIntervalMs,
  type Ranges,
  resolveLimits,
  sourceDefaults,
} from "@x/transport-kit";
import {
  defaultCloseTimeoutMs,
  defaultDatagramBytes,
  defaultDeadPeerMs,
  defaultDialTimeoutMs,
  defaultHardQueueBytes,
  defaultMaxConnections,
  defaultMaxFrameBytes,
  defaultMaxUnsentBytes,
  defaultPingIntervalMs,
  defaultSoftQueueBytes,
  maxDatagramBytes,
  maxMaxFrameBytes,
  minDatagramBytes,
  minMaxFrameBytes,
} from "./limits.js";

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
  /**
   * Memory of what all connections hold to be sent, in bytes. Default 64 MiB. When half of it is used, `send` throws
   * CONNECTION_BUSY on those that hold most; when all is, they lose what waits.
   */
  readonly maxUnsentBytes?: number;
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

const defaults = {
  maxFrameBytes: defaultMaxFrameBytes as number,
  datagramBytes: defaultDatagramBytes as number,
  dialTimeoutMs: defaultDialTimeoutMs as number,
  pingIntervalMs: defaultPingIntervalMs as number,
  deadPeerMs: defaultDeadPeerMs as number,
  softQueueBytes: defaultSoftQueueBytes as number,
  hardQueueBytes: defaultHardQueueBytes as number,
  maxUnsentBytes: defaultMaxUnsentBytes as number,
  closeTimeoutMs: defaultCloseTimeoutMs as number,
  maxConnections: defaultMaxConnections as number,
  ...sourceDefaults(defaultMaxConnections),
};

const ranges: Ranges<typeof defaults> = {
  maxFrameBytes: [minMaxFrameBytes, maxMaxFrameBytes],
  datagramBytes: [minDatagramBytes, maxDatagramBytes],
  pingIntervalMs: [minPingIntervalMs, maxTimeMs],
  deadPeerMs: [minDeadPeerMs, maxTimeMs],
};

/**
 * Fills in defaults and checks what was given.
 *
 * @throws CulvertError OPTION_INVALID
 */
export function resolveSettings(options: UdpOptions): UdpSettings {
  const { onReport = () => {}, ...given } = options;
  if (typeof onReport !== "function") throw optionInvalid("onReport", onReport, "it has to be a function");
  const { maxConnections = defaults.maxConnections } = given;
  const ownDefaults = { ...defaults, ...sourceDefaults(maxConnections) };
  return { ...resolveLimits<typeof defaults>("udp()", ownDefaults, given, ranges), onReport };
}
