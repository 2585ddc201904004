import type { CulvertError } from "@x/core";
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
  maxDatagramBytes,
  maxMaxFrameBytes,
  maxTimeMs,
  minDatagramBytes,
  minDeadPeerMs,
  minMaxFrameBytes,
  minPingIntervalMs,
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
  /** Longest time `close` takes to send what is queued, in milliseconds. Default 2,000. */
  readonly closeTimeoutMs?: number;
  /** Most connections per listener. Default 10,000; further ones are told CONNECTION_LIMIT_EXCEEDED. */
  readonly maxConnections?: number;
  /** Told what went wrong on a listener's socket. Must not throw. */
  readonly onReport?: (error: CulvertError) => void;
}

/** {@link UdpOptions} with every default filled in. */
export type UdpSettings = Required<UdpOptions>;

const defaults: UdpSettings = {
  maxFrameBytes: defaultMaxFrameBytes,
  datagramBytes: defaultDatagramBytes,
  dialTimeoutMs: defaultDialTimeoutMs,
  pingIntervalMs: defaultPingIntervalMs,
  deadPeerMs: defaultDeadPeerMs,
  softQueueBytes: defaultSoftQueueBytes,
  hardQueueBytes: defaultHardQueueBytes,
  closeTimeoutMs: defaultCloseTimeoutMs,
  maxConnections: defaultMaxConnections,
  onReport: () => {},
};

/** Smallest and largest value of each numeric option. */
const ranges: Readonly<Record<string, readonly [number, number]>> = {
  maxFrameBytes: [minMaxFrameBytes, maxMaxFrameBytes],
  datagramBytes: [minDatagramBytes, maxDatagramBytes],
  dialTimeoutMs: [1, maxTimeMs],
  pingIntervalMs: [minPingIntervalMs, maxTimeMs],
  deadPeerMs: [minDeadPeerMs, maxTimeMs],
  softQueueBytes: [1, Number.MAX_SAFE_INTEGER],
  hardQueueBytes: [1, Number.MAX_SAFE_INTEGER],
  closeTimeoutMs: [1, maxTimeMs],
  maxConnections: [1, Number.MAX_SAFE_INTEGER],
};

/**
 * Fills in defaults and checks what was given.
 *
 * @throws RangeError for a number out of range
 */
export function resolveSettings(options: UdpOptions): UdpSettings {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const settings: UdpSettings = { ...defaults, ...given };
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
