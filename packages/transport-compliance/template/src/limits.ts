import { maxPayloadBytes } from "@x/core";

/** Largest frame, in bytes. The largest payload with 64 KiB for its header, as over TCP. */
export const maxFrameBytes: number = maxPayloadBytes + 65_536;

/** Bytes waiting in a stream from which a sender is told to wait. 1 MiB: one large frame, or 10,000 small ones. */
export const softQueueBytes = 1_048_576;

/** Bytes waiting in a stream from which a frame is refused. 16 MiB: 16 large frames of senders that do not wait. */
export const hardQueueBytes = 16_777_216;

/** Longest wait of `close` for the peer, in milliseconds. 2 s: a peer that reads at all is done long before. */
export const defaultCloseTimeoutMs = 2_000;

/** Longest path of a socket, in bytes. The shortest that a system has room for, less its closing NUL. */
export const maxPathBytes = 103;
