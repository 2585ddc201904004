import type { CulvertError } from "@x/core";
import {
  defaultCloseTimeoutMs,
  defaultDeadPeerMs,
  defaultDialTimeoutMs,
  defaultHandshakeTimeoutMs,
  defaultHardQueueBytes,
  defaultMaxConnections,
  defaultMaxFrameBytes,
  defaultMaxHandshakes,
  defaultPingIntervalMs,
  defaultSlabBytes,
  defaultSoftQueueBytes,
  maxMaxFrameBytes,
  maxTimeMs,
  minDeadPeerMs,
  minMaxFrameBytes,
  minPingIntervalMs,
} from "./limits.js";

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
  /** Size of a busy connection's read buffers, in bytes, at least 65,536. Default 1,056,768: two frames of portals. */
  readonly slabBytes?: number;
  /**
   * `slab` reads into buffers of this package, `events` uses plain `data` events. Default `slab`, which falls back to
   * `events` where the platform does not let accepted sockets do it.
   */
  readonly reading?: "slab" | "events";
  /** Told what went wrong on a listener: handshakes that failed, connections that could not be accepted. Must not throw. */
  readonly onReport?: (error: CulvertError) => void;
}

/** {@link TcpOptions} with every default filled in. */
export type TcpSettings = Required<TcpOptions>;

const defaults: TcpSettings = {
  maxFrameBytes: defaultMaxFrameBytes,
  dialTimeoutMs: defaultDialTimeoutMs,
  handshakeTimeoutMs: defaultHandshakeTimeoutMs,
  pingIntervalMs: defaultPingIntervalMs,
  deadPeerMs: defaultDeadPeerMs,
  softQueueBytes: defaultSoftQueueBytes,
  hardQueueBytes: defaultHardQueueBytes,
  closeTimeoutMs: defaultCloseTimeoutMs,
  maxConnections: defaultMaxConnections,
  maxHandshakes: defaultMaxHandshakes,
  slabBytes: defaultSlabBytes,
  reading: "slab",
  onReport: () => {},
};

/** Smallest and largest value of each numeric option. */
const ranges: Readonly<Record<string, readonly [number, number]>> = {
  maxFrameBytes: [minMaxFrameBytes, maxMaxFrameBytes],
  dialTimeoutMs: [1, maxTimeMs],
  handshakeTimeoutMs: [1, maxTimeMs],
  pingIntervalMs: [minPingIntervalMs, maxTimeMs],
  deadPeerMs: [minDeadPeerMs, maxTimeMs],
  softQueueBytes: [1, Number.MAX_SAFE_INTEGER],
  hardQueueBytes: [1, Number.MAX_SAFE_INTEGER],
  closeTimeoutMs: [1, maxTimeMs],
  maxConnections: [1, Number.MAX_SAFE_INTEGER],
  maxHandshakes: [1, Number.MAX_SAFE_INTEGER],
  slabBytes: [65_536, maxMaxFrameBytes],
};

/**
 * Fills in defaults and checks what was given.
 *
 * @throws RangeError for a number out of range
 */
export function resolveSettings(options: TcpOptions): TcpSettings {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const settings: TcpSettings = { ...defaults, ...given };
  for (const [name, value] of Object.entries(settings)) {
    const range = ranges[name];
    if (range !== undefined) checkRange(name, value, range);
  }
  return settings;
}

function checkRange(name: string, value: unknown, [least, most]: readonly [number, number]): void {
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return;
  throw new RangeError(
    `Cannot use ${name} ${String(value)}: it must be a whole number from ${least} to ${most}`,
  );
}
