import {
  defaultCloseTimeoutMs,
  defaultDeadPeerMs,
  defaultFrameTimeoutMs,
  defaultHandshakeTimeoutMs,
  defaultHardQueueBytes,
  defaultMaxFrameBytes,
  defaultMaxPartialBytes,
  defaultMaxUnsentBytes,
  defaultPingIntervalMs,
  defaultSlabBytes,
  defaultSoftQueueBytes,
  maxMaxFrameBytes,
  maxTimeMs,
  minDeadPeerMs,
  minFrameTimeoutMs,
  minMaxFrameBytes,
  minPingIntervalMs,
  minSlabBytes,
} from "../limits.js";
import type { Ranges } from "../settings.js";

/** How connections over streams of bytes behave. All have defaults that fit; see `limits.ts` for the reasons. */
export interface StreamOptions {
  /** Largest frame it accepts and sends, in bytes, 1,024 to 1 GiB. Default 1,114,112: the largest payload and header. */
  readonly maxFrameBytes?: number;
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
  /** Longest time from the beginning of a frame to its end, in milliseconds, while this end reads. Default 120,000. */
  readonly frameTimeoutMs?: number;
  /**
   * Memory of all peers' frames that are incomplete for a while or wait for a busy receiver, in bytes. Default 128 MiB;
   * connections of the hosts that hold most are closed first.
   */
  readonly maxPartialBytes?: number;
  /**
   * Memory of what all connections hold to be sent, in bytes. Default 256 MiB. When half of it is used, `send` throws
   * CONNECTION_BUSY on those that hold most; they are closed when their peers take nothing for 10 s.
   */
  readonly maxUnsentBytes?: number;
  /** Size of a busy connection's read buffers, in bytes, at least 65,536. Default 1,056,768: two frames of portals. */
  readonly slabBytes?: number;
}

/** {@link StreamOptions} with every default filled in. */
export type StreamSettings = Required<StreamOptions>;

/** The defaults of {@link StreamOptions}. */
export const streamDefaults: StreamSettings = {
  maxFrameBytes: defaultMaxFrameBytes,
  handshakeTimeoutMs: defaultHandshakeTimeoutMs,
  pingIntervalMs: defaultPingIntervalMs,
  deadPeerMs: defaultDeadPeerMs,
  softQueueBytes: defaultSoftQueueBytes,
  hardQueueBytes: defaultHardQueueBytes,
  closeTimeoutMs: defaultCloseTimeoutMs,
  frameTimeoutMs: defaultFrameTimeoutMs,
  maxPartialBytes: defaultMaxPartialBytes,
  maxUnsentBytes: defaultMaxUnsentBytes,
  slabBytes: defaultSlabBytes,
};

/** What may be given for {@link StreamOptions}. */
export const streamRanges: Ranges<StreamSettings> = {
  maxFrameBytes: [minMaxFrameBytes, maxMaxFrameBytes],
  pingIntervalMs: [minPingIntervalMs, maxTimeMs],
  deadPeerMs: [minDeadPeerMs, maxTimeMs],
  frameTimeoutMs: [minFrameTimeoutMs, maxTimeMs],
  slabBytes: [minSlabBytes, maxMaxFrameBytes],
};
